package dev.lastly.internal.codec;

import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The method that a lambda object calls. Immutable.
 *
 * @param owner the class that holds the method; capturing does not initialise it
 * @param hasReceiver whether the first argument is the receiver
 * @param arguments captured arguments, then call arguments
 */
record Capture(
    Class<?> owner,
    String methodName,
    String descriptor,
    boolean hasReceiver,
    List<@Nullable Object> arguments) {

  /** Lives as long as the lambda's class, and does not keep that class in memory. */
  private static final ClassValue<AtomicReference<@Nullable Capture>> KNOWN =
      new ClassValue<>() {
        @Override
        protected AtomicReference<@Nullable Capture> computeValue(Class<?> type) {
          return new AtomicReference<>();
        }
      };

  static Capture of(Action action, List<? extends @Nullable Object> callArguments) {
    AtomicReference<@Nullable Capture> slot = KNOWN.get(action.getClass());
    Capture capture = slot.get();
    if (capture == null) {
      capture = read(action);
      if (capture.arguments.isEmpty() && action.getClass().isHidden()) {
        // All objects of a lambda's class, which is hidden, call the same method. A handwritten
        // class with a writeReplace of its own may give a different method for each object.
        slot.set(capture);
      }
    }
    return capture.with(callArguments);
  }

  private static Capture read(Action action) {
    SerializedLambda lambda = serializedForm(action);
    List<@Nullable Object> captured = new ArrayList<>();
    for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
      captured.add(lambda.getCapturedArg(i));
    }
    return new Capture(
        owner(lambda, action),
        lambda.getImplMethodName(),
        lambda.getImplMethodSignature(),
        hasReceiver(lambda.getImplMethodKind()),
        captured);
  }

  private Capture with(List<? extends @Nullable Object> callArguments) {
    List<@Nullable Object> all = new ArrayList<>(arguments);
    all.addAll(callArguments);
    return new Capture(
        owner, methodName, descriptor, hasReceiver, Collections.unmodifiableList(all));
  }

  private static boolean hasReceiver(int kind) {
    return switch (kind) {
      case MethodHandleInfo.REF_invokeVirtual,
          MethodHandleInfo.REF_invokeInterface,
          MethodHandleInfo.REF_invokeSpecial ->
          true;
      default -> false;
    };
  }

  private static Class<?> owner(SerializedLambda lambda, Action action) {
    String name = lambda.getImplClass().replace('/', '.');
    try {
      return Class.forName(name, false, action.getClass().getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      throw new FunctionRefusedException(
          "the class "
              + name
              + " cannot be found by its name, so no other process could run its method later;"
              + " defer a method of an ordinary class",
          e);
    }
  }

  private static SerializedLambda serializedForm(Action action) {
    SerializedLambda found;
    try (Probe probe = new Probe()) {
      probe.writeObject(action);
      found = probe.found;
    } catch (IOException | RuntimeException e) {
      throw notALambda(action, e);
    }
    if (found == null) {
      throw notALambda(action, null);
    }
    return found;
  }

  private static FunctionRefusedException notALambda(Action action, @Nullable Throwable cause) {
    return new FunctionRefusedException(
        "an object of "
            + action.getClass().getName()
            + " was deferred; only method references (Cleanup::deleteTree), constructor references"
            + " and lambdas can be stored. Move its code to a static method and defer that",
        cause);
  }

  /**
   * Captures a lambda's serialized form. Replaces it by null, so that the stream does not serialize
   * its arguments.
   */
  private static final class Probe extends ObjectOutputStream {
    private @Nullable SerializedLambda found;

    Probe() throws IOException {
      super(OutputStream.nullOutputStream());
      enableReplaceObject(true);
    }

    @Override
    @SuppressWarnings("NullAway") // a stream may hold null
    protected Object replaceObject(Object object) {
      if (object instanceof SerializedLambda lambda) {
        found = lambda;
      }
      return null;
    }
  }
}
