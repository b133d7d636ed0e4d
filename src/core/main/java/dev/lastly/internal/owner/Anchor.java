package dev.lastly.internal.owner;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a channel open until the JVM ends, even after the class loader of this copy of the library
 * is unloaded, as when a web application is undeployed. Thread-safe.
 *
 * <p>The garbage collector closes a channel that no object refers to, and closing it drops the
 * locks of every copy of the library in this JVM on the same file. So a shutdown hook that does
 * nothing refers to the channel: the JVM keeps shutdown hooks. The hook must not refer to the class
 * loader, which would then stay in memory with its application. So the hook consists of JDK classes
 * only, and a thread of the JDK creates it: up to JDK 23, a thread keeps the protection domains of
 * all code on the stack that created it.
 */
final class Anchor {
  private static final Logger log = LoggerFactory.getLogger(Anchor.class);
  private static final long PATIENCE_SECONDS = 1;

  private Anchor() {}

  /** Keeps the channel open. */
  static void hold(FileChannel channel) {
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
