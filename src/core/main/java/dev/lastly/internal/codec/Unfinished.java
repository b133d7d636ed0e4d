package dev.lastly.internal.codec;

import java.lang.reflect.Executable;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.MalformedParameterizedTypeException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Recognises functions that return before their work is done, or that do not report a failure: they
 * would be recorded as done although the thing still exists. Knows types by name, so it needs none
 * of their libraries. A subtype counts as its supertype, and an array or a container of such values
 * as one of them. Stateless.
 *
 * <table>
 *   <caption>What is refused</caption>
 *   <tr><th>kind</th><th>reason</th></tr>
 *   <tr><td>futures, promises, coroutines</td><td>the work continues elsewhere and may fail later</td></tr>
 *   <tr><td>publishers, effects, calls, requests</td><td>nothing happens until code subscribes to it, runs it or sends it</td></tr>
 *   <tr><td>streams and sequences</td><td>nothing happens until code consumes it</td></tr>
 *   <tr><td>threads and processes</td><td>they still run, or were never started</td></tr>
 *   <tr><td>a {@code Runnable}, {@code Callable}, {@code Supplier} or function, declared as exactly that</td><td>it describes work and does none</td></tr>
 *   <tr><td>{@code File.delete}, {@code renameTo}, {@code deleteOnExit}</td><td>they return false instead of throwing, or wait for the JVM's orderly end</td></tr>
 * </table>
 *
 * <p>Accepted: iterators, optionals, numbers and booleans, which a correct function may return;
 * executors and timers, which no function returns as a sign of success.
 */
final class Unfinished {
  private static final String LATER =
      "the work may continue, and fail, after it has returned; wait for it in the function, as with"
          + " future.get() or join()";
  private static final String LAZY =
      "nothing has happened when it returns; run it in the function and wait for its end, as with"
          + " block(), await(), execute() or send()";
  private static final String UNREAD =
      "nothing has happened when it returns; consume all of it in the function";
  private static final String RUNS_ON =
      "it still runs, or was never started, when the function returns; wait for its end in the"
          + " function and check its result";
  private static final String WORK =
      "which is work that would never run; call it in the function instead of returning it";

  private static final Map<String, String> TYPES = new HashMap<>();

  static {
    for (String type :
        new String[] {
          "java.util.concurrent.Future",
          "java.util.concurrent.CompletionStage",
          "kotlinx.coroutines.Job",
          "scala.concurrent.Awaitable",
          "scala.concurrent.Promise",
          "io.vertx.core.Future",
          "io.vertx.core.Promise",
          "com.twitter.util.Awaitable",
          "com.azure.core.util.polling.SyncPoller",
          "org.springframework.web.context.request.async.DeferredResult",
        }) {
      TYPES.put(type, LATER);
    }
    for (String type :
        new String[] {
          "java.util.concurrent.Flow$Publisher",
          "org.reactivestreams.Publisher",
          "io.smallrye.mutiny.Uni",
          "io.smallrye.mutiny.Multi",
          "rx.Completable",
          "rx.Single",
          "rx.Observable",
          "io.reactivex.CompletableSource",
          "io.reactivex.SingleSource",
          "io.reactivex.MaybeSource",
          "io.reactivex.ObservableSource",
          "io.reactivex.rxjava3.core.CompletableSource",
          "io.reactivex.rxjava3.core.SingleSource",
          "io.reactivex.rxjava3.core.MaybeSource",
          "io.reactivex.rxjava3.core.ObservableSource",
          "kotlinx.coroutines.flow.Flow",
          "cats.effect.IO",
          "zio.ZIO",
          "monix.eval.Task",
          "okhttp3.Call",
          "retrofit2.Call",
          "java.net.http.HttpRequest",
          "java.net.URLConnection",
        }) {
      TYPES.put(type, LAZY);
    }
    for (String type : new String[] {"java.util.stream.BaseStream", "kotlin.sequences.Sequence"}) {
      TYPES.put(type, UNREAD);
    }
    for (String type :
        new String[] {"java.lang.Thread", "java.lang.Process", "java.lang.ProcessBuilder"}) {
      TYPES.put(type, RUNS_ON);
    }
  }

  /**
   * Types whose subtypes do not count, because they may be anything: a server that implements
   * Runnable, a map of Scala.
   */
  private static final Set<String> EXACT_TYPES =
      Set.of(
          "java.lang.Runnable",
          "java.util.concurrent.Callable",
          "java.util.function.Supplier",
          "kotlin.jvm.functions.Function0",
          "scala.Function0");

  private static final Map<String, String> METHODS =
      Map.of(
          "java.io.File#delete",
          "it returns false instead of throwing; defer Cleanup::deleteFile",
          "java.io.File#renameTo",
          "it returns false instead of throwing; defer a method of your own that calls Files.move",
          "java.io.File#deleteOnExit",
          "it waits for the orderly end of the process that calls it; defer Cleanup::deleteFile");

  private Unfinished() {}

  /** Why the function must not be deferred; null if it may. */
  static @Nullable String reason(Executable member) {
    for (Class<?> parameter : member.getParameterTypes()) {
      if (parameter.getName().equals("kotlin.coroutines.Continuation")) {
        return "it is a suspend function, which returns when it is suspended, not when it is done;"
            + " defer an ordinary function that calls it in runBlocking { }";
      }
    }
    String method = member.getDeclaringClass().getName() + "#" + member.getName();
    if (METHODS.containsKey(method)) {
      return METHODS.get(method);
    }
    Class<?> result = member instanceof Method m ? m.getReturnType() : member.getDeclaringClass();
    String why = EXACT_TYPES.contains(result.getName()) ? WORK : reason(result);
    if (why != null) {
      return String.format(Locale.ROOT, "it returns a %s: %s", result.getName(), why);
    }
    return member instanceof Method m ? reasonOfParts(m) : null;
  }

  /** Why a list, a map or an array of such values must not be returned either. */
  private static @Nullable String reasonOfParts(Method method) {
    Type result;
    try {
      result = method.getGenericReturnType();
    } catch (TypeNotPresentException | MalformedParameterizedTypeException e) {
      return null; // the erased type counts
    }
    String why = reasonOfPart(result);
    return why == null
        ? null
        : String.format(Locale.ROOT, "it returns a %s: %s", result.getTypeName(), why);
  }

  /** Leaves type variables out: their bounds may refer to themselves. */
  private static @Nullable String reasonOfPart(Type type) {
    List<Type> parts = new ArrayList<>();
    if (type instanceof Class<?> known) {
      if (!known.isArray()) {
        return reason(known);
      }
      parts.add(known.getComponentType());
    } else if (type instanceof GenericArrayType array) {
      parts.add(array.getGenericComponentType());
    } else if (type instanceof WildcardType wildcard) {
      parts.addAll(List.of(wildcard.getUpperBounds()));
    } else if (type instanceof ParameterizedType parameterized) {
      parts.add(parameterized.getRawType());
      parts.addAll(List.of(parameterized.getActualTypeArguments()));
    }
    for (Type part : parts) {
      String why = reasonOfPart(part);
      if (why != null) {
        return why;
      }
    }
    return null;
  }

  /** Why the returned value shows that the work is not done; null if it is no such sign. */
  static @Nullable String reasonOf(@Nullable Object value) {
    String why = value == null ? null : reason(value.getClass());
    return why == null || value == null
        ? null
        : String.format(
            Locale.ROOT,
            "the function returned a %s, which does not show that its work is done: %s",
            value.getClass().getName(),
            why);
  }

  private static @Nullable String reason(Class<?> type) {
    Deque<Class<?>> queue = new ArrayDeque<>();
    Set<Class<?>> seen = new HashSet<>();
    queue.add(type);
    while (!queue.isEmpty()) {
      Class<?> next = queue.remove();
      if (!seen.add(next)) {
        continue;
      }
      String why = TYPES.get(next.getName());
      if (why != null) {
        return why;
      }
      Class<?> parent = next.getSuperclass();
      if (parent != null) {
        queue.add(parent);
      }
      queue.addAll(Set.of(next.getInterfaces()));
    }
    return null;
  }
}
