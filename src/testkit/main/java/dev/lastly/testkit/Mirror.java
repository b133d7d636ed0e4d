package dev.lastly.testkit;

import com.sun.jdi.ArrayReference;
import com.sun.jdi.Field;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.PrimitiveValue;
import com.sun.jdi.StackFrame;
import com.sun.jdi.StringReference;
import com.sun.jdi.Value;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The call that a suspended thread is about to make: its receiver and arguments, read from the
 * memory of the other JVM. It invokes no method there. For one thread, and only while the other
 * thread is suspended.
 */
final class Mirror {
  private static final int MAX_TEXT = 200;

  private final @Nullable ObjectReference self;
  private final List<Value> arguments;

  Mirror(StackFrame frame) {
    this.self = frame.thisObject();
    this.arguments = frame.getArgumentValues();
  }

  @Nullable ObjectReference self() {
    return self;
  }

  @Nullable Value argument(int index) {
    return arguments.get(index);
  }

  @Nullable ObjectReference object(int index) {
    return argument(index) instanceof ObjectReference object ? object : null;
  }

  long number(int index) {
    return number(argument(index));
  }

  /** An argument as text: a string, a path, a file, an enum constant, or an array of these. */
  String text(int index) {
    return text(argument(index));
  }

  static long number(@Nullable Value value) {
    return value instanceof PrimitiveValue primitive ? primitive.longValue() : -1;
  }

  /** The value of a field of the class or a superclass; null if there is no such field. */
  static @Nullable Value field(@Nullable ObjectReference object, String name) {
    Field field = object == null ? null : object.referenceType().fieldByName(name);
    return object == null || field == null ? null : object.getValue(field);
  }

  static @Nullable ObjectReference objectField(@Nullable ObjectReference object, String name) {
    return field(object, name) instanceof ObjectReference value ? value : null;
  }

  /** The elements of an {@link java.util.ArrayList}, without nulls. */
  static List<ObjectReference> elements(@Nullable ObjectReference list) {
    return field(list, "elementData") instanceof ArrayReference array
        ? array.getValues().stream()
            .filter(ObjectReference.class::isInstance)
            .map(ObjectReference.class::cast)
            .toList()
        : List.of();
  }

  static String text(@Nullable Value value) {
    String text = whole(value);
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  private static String whole(@Nullable Value value) {
    if (value == null) {
      return "?";
    }
    if (value instanceof StringReference string) {
      return string.value();
    }
    if (value instanceof ArrayReference array) {
      return array(array);
    }
    if (value instanceof ObjectReference object) {
      Value path = field(object, "path"); // UnixPath, File, FileChannelImpl, FileOutputStream
      Value name = path == null ? field(object, "name") : path; // Enum
      return name == null ? "?" : whole(name);
    }
    return value.toString();
  }

  private static String array(ArrayReference array) {
    List<Value> values = array.getValues();
    if (!array.type().signature().equals("[B")) {
      return values.stream().map(Mirror::whole).collect(Collectors.joining(" "));
    }
    byte[] bytes = new byte[values.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) number(values.get(i));
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int end = text.indexOf('\0'); // a C string ends there
    return end < 0 ? text : text.substring(0, end);
  }
}
