package dev.lastly.internal.codec;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.ProcessId;
import dev.lastly.fuzz.Initialised;
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Parameters of every kind that a deferred function may have. None of these is ever called. */
@SuppressWarnings({"unused", "ArrayRecordComponent"}) // found by reflection
final class Signatures {
  private Signatures() {}

  enum Colour {
    RED,
    GREEN
  }

  /** Recursive. */
  record Tree(String name, List<Tree> children) {}

  /** With a part that may be missing. */
  record Parts(@Nullable String text, int number, byte[] bytes, Optional<Colour> colour) {}

  /** Asks for a class name in the JSON, which must not be heeded. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS, property = "@class")
  static class Shape {
    public int value;
  }

  /** What a class name in the JSON could lead to. */
  static final class Gadget extends Shape {
    static {
      Initialised.mark();
    }
  }

  // Of these, the JSON must mean the same before and after.

  static void text(String text) {}

  static void numbers(int small, long wide) {}

  static void flag(boolean flag) {}

  static void any(Object value) {}

  static void lists(List<List<Integer>> lists) {}

  static void maps(Map<String, List<Boolean>> map) {}

  static void tree(Tree tree) {}

  static void colours(Colour one, Colour... others) {}

  static void process(ProcessId process) {}

  static void shape(Shape shape) {}

  static void none() {}

  /** These may be written in several ways. */
  static final class Lax {
    private Lax() {}

    static void reals(double wide, float small) {}

    static void decimal(BigDecimal decimal, BigInteger integer) {}

    static void path(Path path, File file, URI uri) {}

    static void parts(Parts parts) {}

    static void times(Instant instant, Duration duration, ZonedDateTime zoned, LocalDate date) {}

    static void keys(Map<Path, Set<UUID>> map, SortedSet<String> sorted) {}

    static void arrays(int[][] arrays, byte[] bytes, char character) {}

    static void command(Command command) {}

    static void type(Class<?> type) {}
  }
}
