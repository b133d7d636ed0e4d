package dev.lastly.internal.codec;

import dev.lastly.fuzz.Initialised;
import dev.lastly.fuzz.Oracle;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.FunctionRefusedException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads each input as the stored arguments of a function: a word that says which of {@link
 * Signatures}, a space, JSON. What is accepted must be of the declared types, and must come back
 * from its own JSON as it was.
 */
public final class ArgumentsFuzz {
  private static final Map<String, Target> TARGETS = new TreeMap<>();
  private static final List<Target> ALL;

  /** Another reader, which accepts any JSON that has no repeated keys and no trailing tokens. */
  private static final JsonMapper ANY =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    for (Class<?> owner : List.of(Signatures.class, Signatures.Lax.class)) {
      for (Method method : owner.getDeclaredMethods()) {
        if (!method.isSynthetic()) {
          TARGETS.put(method.getName(), Target.of(owner, method));
        }
      }
    }
    ALL = List.copyOf(TARGETS.values());
  }

  private ArgumentsFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.text(input);
    int space = Math.max(0, text.indexOf(' '));
    Target target = target(text.substring(0, space));
    String json = text.substring(space);
    List<@Nullable Object> arguments;
    try {
      arguments = target.bind(json).arguments();
    } catch (ArgumentsException e) {
      Oracle.requireClear(e);
      return;
    } finally {
      Oracle.require(Initialised.count() == 0, () -> "a class that the JSON names was made");
    }
    Oracle.require(depth(json) <= ArgumentsMapper.MAX_DEPTH, () -> "nested deeper than the limit");
    checkTypes(target, arguments);
    checkReturn(target, json, arguments);
  }

  private static Target target(String name) {
    Target known = TARGETS.get(name);
    return known != null ? known : ALL.get(Math.floorMod(name.hashCode(), ALL.size()));
  }

  private static void checkTypes(Target target, List<@Nullable Object> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      Object argument = arguments.get(i);
      Class<?> type = target.parameters().type(i);
      boolean fits = argument == null ? !type.isPrimitive() : boxed(type).isInstance(argument);
      Oracle.require(fits, () -> argument + " is not of " + type);
      Oracle.require(
          type != Signatures.Shape.class || argument == null || argument.getClass() == type,
          () -> "a class that the parameter does not name");
    }
  }

  private static Class<?> boxed(Class<?> type) {
    return java.lang.invoke.MethodType.methodType(type).wrap().returnType();
  }

  private static void checkReturn(Target target, String json, List<@Nullable Object> arguments) {
    String again;
    try {
      again = target.parameters().write(arguments);
    } catch (FunctionRefusedException e) {
      throw new AssertionError("accepted, but cannot be written", e);
    }
    Object[] back = target.parameters().read(again);
    String third = target.parameters().write(Arrays.asList(back));
    Oracle.require(again.equals(third), () -> again + " came back as " + third);
    boolean exact = target.reference().className().equals(Signatures.class.getName());
    Oracle.require(!exact || tree(json).equals(tree(again)), () -> json + " was read as " + again);
  }

  private static JsonNode tree(String json) {
    try {
      return ANY.readTree(json);
    } catch (JacksonException e) {
      throw new AssertionError("accepted, though it is not plain JSON: " + json, e);
    }
  }

  /** By counting brackets outside of texts. */
  private static int depth(String json) {
    int depth = 0;
    int deepest = 0;
    boolean quoted = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (quoted) {
        quoted = c != '"';
        i += c == '\\' ? 1 : 0;
      } else if (c == '"') {
        quoted = true;
      } else if (c == '[' || c == '{') {
        deepest = Math.max(deepest, ++depth);
      } else if (c == ']' || c == '}') {
        depth--;
      }
    }
    return deepest;
  }
}
