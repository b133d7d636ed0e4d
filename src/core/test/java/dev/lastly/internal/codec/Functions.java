package dev.lastly.internal.codec;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lastly.model.Named;
import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.UUID;

/** Functions that the tests defer. Each returns its arguments, so that a test sees them. */
@SuppressWarnings({"serial", "ArrayRecordComponent", "DoNotCallSuggester", "EqualsGetClass"})
public final class Functions {
  private Functions() {}

  public static int initialised;

  public enum Colour {
    RED,
    GREEN {
      @Override
      public String toString() {
        return "RED";
      }
    }
  }

  public record Command(
      List<String> words, byte[] input, Path directory, Optional<Duration> limit) {
    public Command getSelf() {
      throw new IllegalStateException("not a component");
    }

    public String run() {
      return String.join(" ", words);
    }
  }

  public record Tree(String name, List<Tree> children) {}

  public static class Base {
    public int value;

    @Override
    public boolean equals(Object other) {
      return other instanceof Base b && b.value == value;
    }

    @Override
    public int hashCode() {
      return value;
    }

    public int inherited() {
      return value;
    }
  }

  public static final class Sub extends Base {}

  public static final class NoEquals {
    public int value;
  }

  public static final class Forgetful {
    private final int hidden;

    public Forgetful() {
      this(0);
    }

    Forgetful(int hidden) {
      this.hidden = hidden;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Forgetful f && f.hidden == hidden;
    }

    @Override
    public int hashCode() {
      return hidden;
    }
  }

  public static final class Node {
    public Node next = this;
  }

  public static final class Throwing {
    public int getValue() {
      throw new IllegalStateException("no value today");
    }
  }

  @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
  public static class Typed {
    public int value;

    @Override
    public boolean equals(Object other) {
      return other != null && other.getClass() == getClass() && ((Typed) other).value == value;
    }

    @Override
    public int hashCode() {
      return value;
    }
  }

  public static final class TypedSub extends Typed {}

  public static final class Initialising {
    static {
      initialised++;
    }

    private Initialising() {}

    public static void run() {}
  }

  public static void nothing() {}

  public static String text(String text) {
    return text;
  }

  public static Object any(Object value) {
    return value;
  }

  public static long wide(long value) {
    return value;
  }

  public static int number(int value) {
    return value;
  }

  public static boolean flag(boolean value) {
    return value;
  }

  public static double real(double value) {
    return value;
  }

  public static Path path(Path path) {
    return path;
  }

  public static File file(File file) {
    return file;
  }

  public static BigDecimal decimal(BigDecimal value) {
    return value;
  }

  public static BigInteger integer(BigInteger value) {
    return value;
  }

  public static Command command(Command command) {
    return command;
  }

  public static Tree tree(Tree tree) {
    return tree;
  }

  public static Colour colour(Colour colour) {
    return colour;
  }

  public static Object times(Instant instant, Duration duration, ZonedDateTime zoned, UUID id) {
    return List.of(instant, duration, zoned, id);
  }

  public static Map<Path, List<Set<UUID>>> nested(Map<Path, List<Set<UUID>>> value) {
    return value;
  }

  public static List<List<Integer>> lists(List<List<Integer>> value) {
    return value;
  }

  public static <T> List<T> generic(List<T> value) {
    return value;
  }

  public static int[][] arrays(int[][] value) {
    return value;
  }

  public static Collection<String> collection(Collection<String> value) {
    return value;
  }

  public static SortedSet<String> sorted(SortedSet<String> value) {
    return value;
  }

  public static Base base(Base value) {
    return value;
  }

  public static List<Base> bases(List<Base> value) {
    return value;
  }

  public static NoEquals noEquals(NoEquals value) {
    return value;
  }

  public static Forgetful forgetful(Forgetful value) {
    return value;
  }

  public static Node node(Node value) {
    return value;
  }

  public static Throwing throwing(Throwing value) {
    return value;
  }

  public static Typed typed(Typed value) {
    return value;
  }

  public static Class<?> type(Class<?> value) {
    return value;
  }

  @Named("tidy.up-1")
  public static String named(String value) {
    return "named " + value;
  }

  @Named("not a name")
  public static void illNamed() {}

  private static String secret(String value) {
    return "secret " + value;
  }

  static dev.lastly.model.Action.Of1<String> secretReference() {
    return Functions::secret;
  }

  public static void failing() throws Exception {
    throw new java.io.IOException("as it is");
  }

  public static final class Moved {
    private Moved() {}

    public static String words(String value) {
      return "moved " + value;
    }
  }

  public static final class Counts {
    private Counts() {}

    @Named("count")
    public static int count(int value) {
      return value;
    }
  }

  public static final class Twins {
    private Twins() {}

    @Named("twin")
    public static void one() {}

    @Named("twin")
    public static void two() {}
  }
}
