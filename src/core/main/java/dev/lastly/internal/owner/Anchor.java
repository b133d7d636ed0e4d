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
 * Keeps a channel open until the JVM ends, also when the class loader of this copy of the library
 * goes, as in a web application that is undeployed.
 *
 * <p>A channel that nothing refers to is closed by the garbage collector, and with it go the locks
 * that any copy of the library in this JVM has on the same file. What refers to the channel is a
 * shutdown hook that does nothing: the JVM never forgets those. It must not refer to the class
 * loader, or that would stay for ever, with all of its application. So the hook consists of classes
 * of the JDK only, and a thread of the JDK's makes it: up to JDK 23 each thread remembers the
 * origin of all code that was on the stack when it was made.
 */
final class Anchor {
  private static final Logger log = LoggerFactory.getLogger(Anchor.class);
  private static final long PATIENCE_SECONDS = 1;

  private Anchor() {}

  /** Keeps the channel open. */
  static void hold(FileChannel channel) {
    FutureTask<?> registration = new FutureTask<>(registration(channel), null);
    try {
      // Not by way of CompletableFuture, which on a small machine makes a thread in the caller's.
      ForkJoinPool.commonPool().execute(registration);
      registration.get(PATIENCE_SECONDS, TimeUnit.SECONDS); // parks; does not run it in this thread
    } catch (ExecutionException e) {
      log.trace("the JVM is shutting down; the channel needs no anchor any more", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      registration.run(); // if nobody has begun it
    } catch (TimeoutException | RejectedExecutionException | OutOfMemoryError e) {
      log.debug("no thread of the JDK is to be had; the anchor keeps this class loader, too", e);
      registration.run();
    }
  }

  /** {@code Runtime.getRuntime().addShutdownHook(new Thread(holder))}, without any code of ours. */
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
      current.setContextClassLoader(null); // where the proxy's class would be defined otherwise
      return MethodHandleProxies.asInterfaceInstance(
          Runnable.class, MethodHandles.filterReturnValue(thread, add));
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("a JDK without Runtime.addShutdownHook", e);
    } finally {
      current.setContextClassLoader(context);
    }
  }

  /** A task that is done: to run it does nothing, and all that it refers to is its result. */
  private static Runnable holder(FileChannel channel) {
    FutureTask<FileChannel> done = new FutureTask<>(() -> channel);
    done.run();
    return done;
  }
}
