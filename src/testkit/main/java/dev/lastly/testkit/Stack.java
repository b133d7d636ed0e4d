package dev.lastly.testkit;

import com.sun.jdi.AbsentInformationException;
import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.Location;
import com.sun.jdi.StackFrame;
import com.sun.jdi.ThreadReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stack of a suspended thread: whether the user's code makes the change, and the user's part of
 * the stack.
 *
 * <p>The first caller outside the JDK decides. A change by the user's code, or by a library that it
 * calls, counts. A change by Lastly, by a logger or by a thread of the JDK does not. A deferred
 * function counts although Lastly calls it: its first caller in Lastly is {@code internal.codec}.
 */
final class Stack {
  private static final int MAX_LINES = 20;
  private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");
  private static final List<String> LOGGERS =
      List.of("org.slf4j.", "ch.qos.logback.", "org.apache.logging.", "java.util.logging.");
  private static final String INTERNAL = "dev.lastly.internal.";
  private static final String CALL = "dev.lastly.internal.codec.";
  private static final String CLEANUP = "dev.lastly.cleanup.";
  private static final Set<String> LASTLY =
      Set.of(
          "dev.lastly.DeferredFunctionManager",
          "dev.lastly.Deferrer",
          "dev.lastly.JobContext",
          "dev.lastly.DeferredFunction",
          "dev.lastly.DeferredHandle",
          Recovery.class.getName(),
          FunctionCall.class.getName());

  private final List<Location> frames = new ArrayList<>();

  Stack(ThreadReference thread) throws IncompatibleThreadStateException {
    for (StackFrame frame : thread.frames()) {
      frames.add(frame.location());
    }
  }

  /** Whether the user's code causes the change that the innermost frame is about to make. */
  boolean isOfUser() {
    boolean user = false;
    for (Location frame : frames) {
      String type = type(frame);
      if (startsWith(type, LOGGERS)) {
        return false;
      }
      if (type.startsWith(CALL)) {
        return true;
      }
      if (isLastly(type)) {
        return false;
      }
      user |= !startsWith(type, JDK);
    }
    return user;
  }

  /**
   * Whether an outer frame is a boundary that was counted for the same change, as when one writing
   * method of the JDK calls another.
   */
  boolean isInside(Set<String> boundaries) {
    for (Location frame : frames.subList(1, frames.size())) {
      if (!startsWith(type(frame), JDK)) {
        return false;
      }
      if (boundaries.contains(type(frame) + "#" + frame.method().name())) {
        return true;
      }
    }
    return false;
  }

  /** The nearest line of the user's code, in short; empty if there is none. */
  String where() {
    Location nearest = null;
    for (Location frame : frames) {
      String type = type(frame);
      boolean builtIn = type.startsWith(CLEANUP);
      if (isLastly(type) && nearest != null) {
        break; // the function ends here; the outer frames are its caller's
      }
      if (!isLastly(type) && !startsWith(type, JDK) && (!builtIn || nearest == null)) {
        nearest = frame;
        if (!builtIn) {
          break;
        }
      }
    }
    return nearest == null ? "" : shortly(nearest);
  }

  /** The frames outside the JDK and Lastly. */
  List<String> lines() {
    return frames.stream()
        .filter(frame -> !startsWith(type(frame), JDK) && !isLastly(type(frame)))
        .limit(MAX_LINES)
        .map(Stack::line)
        .toList();
  }

  /**
   * Whether all frames are the JDK's: a thread of the JVM, or a pool thread that waits for work.
   */
  boolean isOfJdk() {
    return frames.stream().allMatch(frame -> startsWith(type(frame), JDK));
  }

  /** The innermost frames of any origin, for a process that hangs. */
  List<String> everything() {
    return frames.stream().limit(MAX_LINES).map(Stack::line).toList();
  }

  private static boolean isLastly(String type) {
    return type.startsWith(INTERNAL) || LASTLY.contains(type);
  }

  private static boolean startsWith(String type, List<String> prefixes) {
    return prefixes.stream().anyMatch(type::startsWith);
  }

  private static String type(Location frame) {
    return frame.declaringType().name();
  }

  private static String line(Location frame) {
    return String.format(
        Locale.ROOT, "%s.%s(%s)", type(frame), frame.method().name(), source(frame));
  }

  private static String shortly(Location frame) {
    String type = type(frame);
    String simple = type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
    return String.format(Locale.ROOT, "%s.%s, %s", simple, frame.method().name(), source(frame));
  }

  private static String source(Location frame) {
    @Nullable String file = null;
    try {
      file = frame.sourceName();
    } catch (AbsentInformationException e) {
      return "unknown source"; // compiled without -g:source
    }
    return frame.lineNumber() < 0 ? file : file + ":" + frame.lineNumber();
  }
}
