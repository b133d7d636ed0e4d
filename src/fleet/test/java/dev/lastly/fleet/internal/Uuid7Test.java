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
}
