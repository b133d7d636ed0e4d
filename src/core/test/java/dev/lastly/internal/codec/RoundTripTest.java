package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which pairs of values count as equal after a round trip, and the messages for the others. */
final class RoundTripTest {
  private static void assertSame(@Nullable Object before, @Nullable Object after) {
    assertThat(RoundTrip.loss(before, after)).isNull();
  }

  private static void assertLoss(@Nullable Object before, @Nullable Object after, String loss) {
    assertThat(RoundTrip.loss(before, after)).isEqualTo(loss);
  }

  /** Equal in one direction only. */
  private record Generous(int value) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Generous g && (value == 1 || g.value == value);
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  private record Pair(Object left, @Nullable Object right) {}

  private static final class Plain {}

  private static final class Counted {
    private final int count;

    Counted(int count) {
      this.count = count;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Counted c && (count == 0 || c.count == count);
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  @Test
  void loss_nullOrOtherClass_saysWhatCameBack() {
    assertSame(null, null);
    assertLoss("a", null, "came back as null; pass a value of exactly the declared type");
    assertLoss(
        null, "a", "came back as java.lang.String; pass a value of exactly the declared type");
    String advice = "; declare the parameter as exactly that class, or use a record";
    assertLoss(5L, 5, "a java.lang.Long came back as a java.lang.Integer" + advice);
    assertLoss(
        List.of(),
        "x",
        "a " + List.of().getClass().getName() + " came back as a java.lang.String" + advice);
    assertLoss(
        "x", new ArrayList<>(), "a java.lang.String came back as a java.util.ArrayList" + advice);
  }

  @Test
  void loss_arrays_areComparedByElement() {
    assertSame(new int[] {1, 2}, new int[] {1, 2});
    assertLoss(new int[] {1, 2}, new int[] {1, 3}, "an array came back with other elements");
    assertLoss(new int[] {1}, new int[] {1, 2}, "an array came back with another length");
    assertSame(new Object[] {"a", new int[] {1}}, new Object[] {"a", new int[] {1}});
    assertLoss(
        new Object[] {"a", 1L},
        new Object[] {"a", 1},
        "a java.lang.Long came back as a java.lang.Integer; declare the parameter as exactly that"
            + " class, or use a record");
    assertLoss(new Integer[] {1}, new Integer[] {1, 2}, "an array came back with another length");
  }

  @Test
  void loss_records_areComparedByComponent() {
    assertSame(new Pair("a", new int[] {1}), new Pair("a", new int[] {1}));
    assertLoss(
        new Pair("a", new int[] {1}),
        new Pair("a", new int[] {2}),
        "in component 'right' an array came back with other elements");
    assertLoss(
        new Pair("a", null),
        new Pair("a", "b"),
        "in component 'right' came back as java.lang.String; pass a value of exactly the declared"
            + " type");
    assertLoss(
        new Generous(1),
        new Generous(2),
        "in component 'value' a java.lang.Integer came back different: not all of it is in its"
            + " JSON; use a record");
  }

  @Test
  void loss_optionals_areComparedByValue() {
    assertSame(Optional.of(new int[] {1}), Optional.of(new int[] {1}));
    assertSame(Optional.empty(), Optional.empty());
    assertLoss(
        Optional.of("a"),
        Optional.empty(),
        "came back as null; pass a value of exactly the declared type");
  }

  @Test
  void loss_lists_mayChangeTheirClassButNotTheirElements() {
    assertSame(List.of(1, 2), new ArrayList<>(List.of(1, 2)));
    assertSame(Arrays.asList("a", null), new ArrayList<>(Arrays.asList("a", null)));
    assertLoss(List.of(1), List.of(1, 2), "a list came back with another length");
    assertLoss(
        List.of("a"),
        List.of("b"),
        "in an element a java.lang.String came back different: not all of it is in its JSON; use a"
            + " record");
    assertSame(List.of(new int[] {1}), List.of(new int[] {1}));
  }

  @Test
  void loss_sets_areComparedByElement() {
    assertSame(Set.of("a", "b"), new HashSet<>(Set.of("b", "a")));
    assertLoss(Set.of("a", "b"), Set.of("a"), "a set lost elements");
    assertLoss(
        Set.of("a"),
        Set.of("b"),
        "an element was not found in the set that came back: its class needs equals and hashCode;"
            + " use a record");
    assertLoss(
        Set.of(new Counted(0)),
        Set.of(new Counted(1)),
        "in an element a dev.lastly.internal.codec.RoundTripTest$Counted came back different: not"
            + " all of it is in its JSON; use a record");
  }

  @Test
  void loss_maps_areComparedByKeyAndValue() {
    assertSame(Map.of("k", new int[] {1}), new LinkedHashMap<>(Map.of("k", new int[] {1})));
    assertLoss(Map.of("k", 1), Map.of(), "of the keys, a set lost elements");
    assertLoss(
        Map.of("k", new int[] {1}),
        Map.of("k", new int[] {2}),
        "in a value an array came back with other elements");
  }

  @Test
  void loss_mapEntries_areComparedByBothParts() {
    assertSame(
        Map.entry("k", List.of(1)), new java.util.AbstractMap.SimpleEntry<>("k", List.of(1)));
    assertThat(RoundTrip.loss(Map.entry("k", 1), Map.entry("j", 1)))
        .contains("came back different");
    assertThat(RoundTrip.loss(Map.entry("k", 1), Map.entry("k", 2)))
        .contains("came back different");
  }

  @Test
  void loss_sortedWithoutItsComparator_saysSo() {
    String text = " without its comparator; pass a record and sort in your method";
    Set<String> set = new TreeSet<>(Comparator.reverseOrder());
    assertLoss(set, new TreeSet<>(), "a java.util.TreeSet came back as a java.util.TreeSet" + text);
    assertSame(new TreeSet<>(Set.of("a")), new TreeSet<>(Set.of("a")));
    Map<String, String> map = new TreeMap<>(Comparator.reverseOrder());
    assertLoss(map, new TreeMap<>(), "a java.util.TreeMap came back as a java.util.TreeMap" + text);
    assertSame(new TreeMap<>(Map.of("a", 1)), new TreeMap<>(Map.of("a", 1)));
  }

  @Test
  void loss_otherCollections_adviseAListOrASet() {
    assertThat(RoundTrip.loss(Set.of("a"), new ArrayList<>(List.of("a"))))
        .endsWith(
            "came back as a java.util.ArrayList, which differs; declare the parameter as Set");
    assertThat(RoundTrip.loss(new java.util.ArrayDeque<>(List.of("a")), List.of("a")))
        .isEqualTo(
            "java.util.ArrayDeque has no equals method, so Lastly cannot check that it came"
                + " back complete; use a record");
  }

  @Test
  void loss_classWithoutEquals_saysSo() {
    assertLoss(
        new Plain(),
        new Plain(),
        "dev.lastly.internal.codec.RoundTripTest$Plain has no equals method, so Lastly cannot"
            + " check that it came back complete; use a record");
  }

  @Test
  void loss_equalInOneDirectionOnly_isALoss() {
    String loss =
        "a dev.lastly.internal.codec.RoundTripTest$Counted came back different: not all of it is in"
            + " its JSON; use a record";
    assertSame(new Counted(3), new Counted(3));
    assertLoss(new Counted(0), new Counted(3), loss);
    assertLoss(new Counted(3), new Counted(0), loss);
  }
}
