package dev.lastly.internal.spi;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens a resource in steps. If a step throws anything, closing this undoes all earlier steps, the
 * last one first. For one thread.
 *
 * <p>A step registers its undo before it runs, so no failure can come between a step and its
 * record. If an undo fails, the other steps are still undone. Its exception is thrown, or added as
 * suppressed to the exception that caused the undoing.
 */
public final class Opening implements AutoCloseable {
  private final Deque<Undo<?>> steps = new ArrayDeque<>();
  private final Consumer<String> observer;

  /** Opens without an observer. */
  public Opening() {
    this(event -> {});
  }

  /**
   * Opens with an observer.
   *
   * @param observer gets {@code "before <name>"} and {@code "after <name>"} of each step; if it
   *     throws, the step fails
   */
  public Opening(Consumer<String> observer) {
    this.observer = observer;
  }

  /** One step. */
  private static final class Undo<T> {
    private final Consumer<? super T> undo;
    private @Nullable T opened;

    Undo(Consumer<? super T> undo) {
      this.undo = undo;
    }

    void undo() {
      T done = opened;
      opened = null;
      if (done != null) {
        undo.accept(done);
      }
    }
  }

  /**
   * Runs a step.
   *
   * @param name a few words for the observer
   * @param open opens something
   * @param undo closes it, if a later step fails
   * @return what was opened
   */
  public <T> T step(String name, Supplier<? extends T> open, Consumer<? super T> undo) {
    Undo<T> step = new Undo<>(undo);
    steps.push(step);
    observer.accept("before " + name);
    T opened = open.get();
    step.opened = opened;
    observer.accept("after " + name);
    return opened;
  }

  /** Runs a step that opens no object. */
  public void step(String name, Runnable open, Runnable undo) {
    Boolean unused =
        step(
            name,
            () -> {
              open.run();
              return true;
            },
            done -> undo.run());
  }

  /**
   * Ends the opening: from now on the caller must close the whole, and {@link #close} undoes
   * nothing.
   *
   * @return the whole
   */
  public <T> T complete(T whole) {
    steps.clear();
    return whole;
  }

  /** Undoes every step, unless {@link #complete} was called. */
  @Override
  public void close() {
    EachOf undoing = new EachOf();
    while (!steps.isEmpty()) {
      undoing.run(steps.pop()::undo);
    }
    undoing.end();
  }

  /** Runs several actions, each of them even if others fail. For one thread. */
  public static final class EachOf {
    private @Nullable Throwable failure;

    /** Runs one action, and keeps what it throws. */
    public void run(Runnable one) {
      try {
        one.run();
      } catch (RuntimeException | Error e) {
        Throwable first = failure;
        if (first == null) {
          failure = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }

    /** Throws the first failure, with the others suppressed. */
    public void end() {
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
    }
  }
}
