package dev.lastly.internal.codec;

import static java.util.stream.Collectors.toCollection;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Secret;
import java.io.File;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;

/**
 * The declared parameters of one function: writes and reads the JSON array of its arguments.
 * Thread-safe.
 */
final class Parameters {
  private static final Set<Class<?>> PLAIN =
      Set.of(
          String.class,
          Path.class,
          File.class,
          boolean.class,
          byte.class,
          short.class,
          int.class,
          long.class,
          float.class,
          double.class,
          Boolean.class,
          Byte.class,
          Short.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class);

  private final String function;
  private final List<? extends Type> declared; // for Jackson; as it sees them already if not plain
  private final List<Class<?>> erased;
  private volatile @Nullable Mapped mapped;

  // Computed once: each row needs it.
  private final boolean plain;
  private final boolean usersCode;
  private final boolean secrets;
  private final Set<String> annotations;
  private final Set<String> keepPartsOut;

  private Parameters(String function, List<Class<?>> plain) {
    this.function = function;
    this.declared = plain;
    this.erased = plain;
    this.plain = true;
    this.secrets = false;
    this.usersCode = false;
    this.annotations = Set.of();
    this.keepPartsOut = Set.of();
  }

  private Parameters(Mapped mapped, String function) {
    List<JavaType> types = mapped.types();
    this.function = function;
    this.declared = types;
    this.mapped = mapped;
    this.erased = types.stream().<Class<?>>map(JavaType::getRawClass).toList();
    this.plain = PLAIN.containsAll(erased);
    this.secrets = types.stream().anyMatch(Secrets::mayBeIn);
    this.usersCode = types.stream().anyMatch(Parameters::hasUsersCode);
    List<JacksonAnnotations> found =
        usersCode ? types.stream().map(JacksonAnnotations::of).toList() : List.of();
    this.annotations = union(found, JacksonAnnotations::all);
    this.keepPartsOut = union(found, JacksonAnnotations::keepingPartsOut);
  }

  /**
   * What Jackson needs of the parameters. Made when it is needed: plain arguments are mostly
   * written and read without Jackson, whose classes take a new JVM longer than all the rest of a
   * call.
   */
  private record Mapped(
      List<JavaType> types, List<ObjectReader> readers, List<ObjectWriter> writers) {
    static Mapped of(List<? extends Type> declared) {
      List<JavaType> types = new ArrayList<>();
      for (Type type : declared) {
        types.add(ArgumentsMapper.type(type));
      }
      return new Mapped(
          List.copyOf(types),
          types.stream().map(ArgumentsMapper.READER::forType).toList(),
          types.stream().map(ArgumentsMapper.WRITER::forType).toList());
    }
  }

  private Mapped mapped() {
    Mapped known = mapped;
    if (known == null) {
      known = Mapped.of(declared);
      mapped = known; // two threads may make it; either is good
    }
    return known;
  }

  private static Set<String> union(
      List<JacksonAnnotations> found, Function<JacksonAnnotations, Set<String>> part) {
    return found.stream().map(part).flatMap(Set::stream).collect(toCollection(TreeSet::new));
  }

  static Parameters of(String function, List<Type> declared) {
    List<Class<?>> plain = new ArrayList<>();
    for (Type type : declared) {
      if (type instanceof Class<?> one && isPlain(one)) {
        plain.add(one);
      }
    }
    return plain.size() == declared.size()
        ? new Parameters(function, List.copyOf(plain))
        : new Parameters(Mapped.of(declared), function);
  }

  /** Whether values of this type have one JSON and one meaning, in each version of their class. */
  static boolean isPlain(Type type) {
    return type instanceof Class<?> && PLAIN.contains(type);
  }

  /** Whether reading the arguments runs code that is neither the JDK's nor Lastly's. */
  boolean haveUsersCode() {
    return usersCode;
  }

  /** Whether an argument can hold a {@link Secret}. */
  boolean haveSecrets() {
    return secrets;
  }

  private static boolean hasUsersCode(JavaType type) {
    Class<?> raw = type.getRawClass();
    if (raw.isArray()) {
      return hasUsersCode(type.getContentType());
    }
    boolean ours =
        raw.isPrimitive() || raw == Secret.class || raw.getName().startsWith("dev.lastly.cleanup.");
    return !(ours || Members.isPlatform(raw))
        || type.getBindings().getTypeParameters().stream().anyMatch(Parameters::hasUsersCode);
  }

  int count() {
    return erased.size();
  }

  /**
   * Checks that decoded arguments hold all of the row's JSON. A new release may change a type so
   * that it still reads the JSON but loses a part: a {@code double} has become a {@code float}, or
   * a constructor rounds.
   *
   * @param inDescriptor whether the method's descriptor, which the row holds, names the types
   * @throws ArgumentsException if the arguments would be written as other JSON
   */
  void requireUnchanged(String json, @Nullable Object[] arguments, boolean inDescriptor) {
    if (plain && inDescriptor) {
      return; // the types have not changed
    }
    String now;
    try {
      now = write(Arrays.asList(arguments));
    } catch (FunctionRefusedException e) {
      throw unreadable("they can no longer be written: " + e.getMessage(), e);
    }
    if (!json.equals(now) && !CanonicalJson.of(json).equals(CanonicalJson.of(now))) {
      throw unreadable(
          "they come back different, so a type has changed since they were registered; they were "
              + ForeignExceptions.shorten(json)
              + " and are "
              + ForeignExceptions.shorten(now),
          null);
    }
  }

  /**
   * Checks that no annotation of Jackson, which Lastly ignores, keeps a part of an argument out of
   * its JSON.
   *
   * @throws FunctionRefusedException if one does
   */
  void requireNoPartsKeptOut() {
    if (!keepPartsOut.isEmpty()) {
      throw new FunctionRefusedException(
          String.format(
              Locale.ROOT,
              "the arguments of %s would be stored with the parts that %s keeps out of JSON: Lastly"
                  + " reads no annotations of Jackson; pass a record of the parts to store",
              function,
              String.join(", ", keepPartsOut)));
    }
  }

  /** The hint to add to a refusal of arguments; empty if no annotation can be the reason. */
  String hint() {
    return annotations.isEmpty()
        ? ""
        : String.format(
            Locale.ROOT,
            "; Lastly reads no annotations of Jackson, such as %s: pass a record of plain values,"
                + " and convert it in the method",
            annotations.iterator().next());
  }

  /** The erased type. */
  Class<?> type(int index) {
    return erased.get(index);
  }

  String typeName(int index) {
    return mapped().types().get(index).toCanonical();
  }

  /** Throws {@link FunctionRefusedException} if an argument cannot be written. */
  String write(List<? extends @Nullable Object> arguments) {
    BoundedWriter out = new BoundedWriter(EncodedCall.MAX_ARGUMENTS_LENGTH);
    int[] index = {0};
    try (JsonGenerator generator = ArgumentsMapper.WRITER.createGenerator(out)) {
      generator.writeStartArray();
      for (; index[0] < count(); index[0]++) {
        write(generator, index[0], arguments.get(index[0]));
      }
      generator.writeEndArray();
    } catch (Throwable e) { // a user's getter may throw anything, and a cycle overflows the stack
      ForeignExceptions.rethrowIfFatal(e);
      throw refusal(out, index[0], e);
    }
    return LoneSurrogates.escape(out.text());
  }

  private void write(JsonGenerator generator, int index, @Nullable Object argument) {
    if (argument == null) {
      generator.writeNull();
    } else {
      mapped().writers().get(index).writeValue(generator, argument);
    }
  }

  private FunctionRefusedException refusal(BoundedWriter out, int index, Throwable e) {
    if (out.isFull()) {
      return new FunctionRefusedException(
          String.format(
              Locale.ROOT,
              "the arguments of %s need more than %d characters of JSON; store the data in a file"
                  + " and pass its path",
              function,
              EncodedCall.MAX_ARGUMENTS_LENGTH),
          e);
    }
    return new FunctionRefusedException(
        String.format(
            Locale.ROOT,
            "argument %d of %s, declared as %s, cannot be written as JSON: %s; pass a record of"
                + " plain values",
            index + 1,
            function,
            typeName(Math.min(index, count() - 1)),
            ForeignExceptions.text(e)),
        e);
  }

  /**
   * Reads the arguments. Throws {@link ArgumentsException} unless the array has exactly one fitting
   * element per parameter.
   */
  @Nullable Object[] read(String json) {
    if (json.length() > EncodedCall.MAX_ARGUMENTS_LENGTH) {
      throw unreadable(String.format(Locale.ROOT, "they have %d characters", json.length()), null);
    }
    @Nullable Object[] arguments = new @Nullable Object[count()];
    if (PlainArguments.read(this, json, arguments)) {
      return arguments;
    }
    try (JsonParser parser = new FiniteNumbers(ArgumentsMapper.READER.createParser(json))) {
      expect(parser.nextToken() == JsonToken.START_ARRAY, "they are not a JSON array");
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = read(parser, i);
      }
      expect(parser.nextToken() == JsonToken.END_ARRAY, "there are more of them");
      expect(parser.nextToken() == null, "something follows the array");
    } catch (ArgumentsException e) {
      throw e;
    } catch (Throwable e) { // a user's constructor may throw anything; a row may hold anything
      ForeignExceptions.rethrowIfFatal(e);
      throw unreadable(ForeignExceptions.text(e), e);
    }
    return arguments;
  }

  private @Nullable Object read(JsonParser parser, int index) {
    try {
      expect(parser.nextToken() != JsonToken.END_ARRAY, "there are only " + index);
      return mapped().readers().get(index).readValue(parser);
    } catch (ArgumentsException e) {
      throw e;
    } catch (Throwable e) { // as above
      ForeignExceptions.rethrowIfFatal(e);
      throw new ArgumentsException(
          String.format(
              Locale.ROOT,
              "argument %d of %s cannot be read as %s: %s",
              index + 1,
              function,
              typeName(index),
              ForeignExceptions.text(e)),
          e);
    }
  }

  private void expect(boolean condition, String otherwise) {
    if (!condition) {
      throw unreadable(otherwise, null);
    }
  }

  private ArgumentsException unreadable(String why, @Nullable Throwable cause) {
    return new ArgumentsException(
        String.format(
            Locale.ROOT,
            "the arguments of %s do not fit its %d parameters: %s",
            function,
            count(),
            why),
        cause);
  }
}
