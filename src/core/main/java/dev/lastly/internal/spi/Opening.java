package dev.lastly.internal.spi;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What has been opened so far, step by step. If a later step throws anything, all earlier ones are
 * undone, the last one first. For one thread.
 *
 * <p>Each step names how it is undone before it is taken, so nothing can fail between a step and
 * the record of it. What fails while undoing does not keep other steps from being undone, and is
 * thrown, or suppressed by what made the undoing necessary.
 */
public final class Opening implements AutoCloseable {
  private final Deque<Step<?>> steps = new ArrayDeque<>();
  private final Consumer<String> observer;

  /** Without an observer. */
  public Opening() {
    this(event -> {});
  }

  /**
   * Observed.
   *
   * @param observer is told {@code "before <name>"} and {@code "after <name>"} of each step; what
   *     it throws counts as that step's failure
   */
  public Opening(Consumer<String> observer) {
    this.observer = observer;
  }

  /** One step. */
  private static final class Step<T> {
    private final Consumer<? super T> undo;
    private @Nullable T opened;

    Step(Consumer<? super T> undo) {
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
   * Takes a step.
   *
   * @param name a few words, for the observer
   * @param open opens something
   * @param undo closes it, if a later step fails
   * @return what was opened
   */
  public <T> T step(String name, Supplier<? extends T> open, Consumer<? super T> undo) {
    Step<T> step = new Step<>(undo);
    steps.push(step);
    observer.accept("before " + name);
    T opened = open.get();
    step.opened = opened;
    observer.accept("after " + name);
    return opened;
  }

  /** The same for what gives nothing. */
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

  /** Says that nothing is left to open: the whole is its owner's to close from now on. */
  public <T> T complete(T whole) {
    steps.clear();
    return whole;
  }

  /** Undoes every step, unless the whole is {@link #complete}. */
  @Override
  public void close() {
    EachOf undoing = new EachOf();
    while (!steps.isEmpty()) {
      undoing.run(steps.pop()::undo);
    }
    undoing.end();
  }

  /** Runs several things of which each must be run, however the others fare. For one thread. */
  public static final class EachOf {
    private @Nullable Throwable failure;

    /** Runs one; what it throws is kept. */
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
