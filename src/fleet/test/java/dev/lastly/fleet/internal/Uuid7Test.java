package dev.lastly.fleet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Ids that a process makes grow, in Java's order and in PostgreSQL's. */
final class Uuid7Test {
  @Test
  void next_many_growAndAreOfVersion7() {
    List<UUID> ids = Stream.generate(Uuid7::next).limit(20_000).toList();
    assertThat(ids).allMatch(id -> id.version() == 7 && id.variant() == 2);
    assertThat(ids).isSorted().doesNotHaveDuplicates();
    List<String> texts = new ArrayList<>(ids.stream().map(UUID::toString).toList());
    assertThat(texts).isSorted();
    long millis = ids.get(0).getMostSignificantBits() >>> 16;
    assertThat(Math.abs(millis - System.currentTimeMillis())).isLessThan(60_000);
  }

  @Test
  void between_twoIds_isAnywhereBetweenThem() {
    UUID first = UUID.fromString("01a22ccd-d608-7000-a382-54d76083c175");
    UUID last = UUID.fromString("ffa22ccd-dcd5-7001-27dc-a5ec5f72072d"); // of a negative half
    List<String> places =
        Stream.generate(() -> Uuid7.between(first, last).toString()).limit(1_000).toList();
    assertThat(places)
        .allMatch(place -> place.compareTo(first.toString()) >= 0)
        .allMatch(place -> place.compareTo(last.toString()) <= 0)
        .anyMatch(place -> place.startsWith("0") || place.startsWith("1"))
        .anyMatch(place -> place.startsWith("e") || place.startsWith("d"));
    assertThat(Uuid7.between(first, first)).isEqualTo(first);
  }
}
