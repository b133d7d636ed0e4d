package dev.lastly.internal.owner;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.channels.FileChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a channel open until the JVM ends, even after the class loader of this copy of the library
 * is unloaded, as when a web application is undeployed. Thread-safe.
 *
 * <p>The garbage collector closes a channel that no object refers to, and closing it drops the
 * locks of every copy of the library in this JVM on the same file. On the class path, whose loader
 * is never unloaded, a static field refers to it. In any other loader a shutdown hook that does
 * nothing does: the JVM keeps shutdown hooks. The hook must not refer to the class loader, which
 * would then stay in memory with its application. So the hook consists of JDK classes only, and a
 * thread of the JDK creates it: up to JDK 23, a thread keeps the protection domains of all code on
 * the stack that created it. All that takes a new JVM tens of milliseconds.
 */
final class Anchor {
  private static final Logger log = LoggerFactory.getLogger(Anchor.class);
  private static final long PATIENCE_SECONDS = 1;

  /** The channels of a copy that is never unloaded. */
  private static final Queue<FileChannel> KEPT = new ConcurrentLinkedQueue<>();

  private Anchor() {}

  /** Keeps the channel open. */
  static void hold(FileChannel channel) {
    if (isNeverUnloaded(Anchor.class.getClassLoader())) {
      KEPT.add(channel);
    } else {
      register(channel);
    }
  }

  /**
   * Whether a class loader is the application's or above it, which are there as long as the JVM.
   */
  static boolean isNeverUnloaded(@Nullable ClassLoader loader) {
    ClassLoader next = ClassLoader.getSystemClassLoader();
    while (next != null && next != loader) {
      next = next.getParent();
    }
    return next == loader;
  }

  private static void register(FileChannel channel) {
    FutureTask<?> registration = new FutureTask<>(registration(channel), null);
    try {
      // Not by CompletableFuture: on a small machine, it creates a thread from the caller's thread.
      ForkJoinPool.commonPool().execute(registration);
      registration.get(
          PATIENCE_SECONDS, TimeUnit.SECONDS); // waits; does not run the task in this thread
    } catch (ExecutionException e) {
      log.trace("the JVM is shutting down; the channel no longer needs an anchor", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      registration.run(); // does nothing if another thread has begun it
    } catch (TimeoutException | RejectedExecutionException | OutOfMemoryError e) {
      log.debug(
          "no thread of the JDK is available; the anchor keeps this class loader in memory, too",
          e);
      registration.run();
    }
  }

  /**
   * {@code Runtime.getRuntime().addShutdownHook(new Thread(holder))}, as a task without code of
   * this library.
   */
  private static Runnable registration(FileChannel channel) {
    Thread current = Thread.currentThread();
    ClassLoader context = current.getContextClassLoader();
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      MethodHandle thread =
          lookup
              .findConstructor(Thread.class, MethodType.methodType(void.class, Runnable.class))
              .bindTo(holder(channel));
      MethodHandle add =
          lookup
              .findVirtual(
                  Runtime.class, "addShutdownHook", MethodType.methodType(void.class, Thread.class))
              .bindTo(Runtime.getRuntime());
      current.setContextClassLoader(null); // otherwise the proxy's class would be defined in it
      return MethodHandleProxies.asInterfaceInstance(
          Runnable.class, MethodHandles.filterReturnValue(thread, add));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a JDK without Runtime.addShutdownHook", e);
    } finally {
      current.setContextClassLoader(context);
    }
  }

  /** A completed task: running it does nothing, and it refers only to its result, the channel. */
  private static Runnable holder(FileChannel channel) {
    FutureTask<FileChannel> done = new FutureTask<>(() -> channel);
    done.run();
    return done;
  }
}
