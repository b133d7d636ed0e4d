package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.Terminal;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Shows on standard error how far a reaper is, if it takes longer than a second: on a terminal in
 * one line that changes, else in a line every few seconds. Has a thread of its own.
 */
final class Progress implements AutoCloseable {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration ON_TERMINAL = Duration.ofMillis(200);
  private static final Duration IN_LOG = Duration.ofSeconds(5);
  private static final int MOST_OWN = 2000; // about what one claim moves
  private static final int USUAL_WIDTH = 80;

  private final Terminal terminal;
  private final Inspector inspector;
  private final FunctionFilter own;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread = new Thread(this::tell, "lastly-progress");
  private long most;
  private long since;
  private boolean shown;

  private Progress(Terminal terminal, Inspector inspector, long ownerId) {
    this.terminal = terminal;
    this.inspector = inspector;
    this.own =
        FunctionFilter.all()
            .owner(ownerId)
            .states(
                EnumSet.of(
                    FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT));
  }

  static Progress start(Terminal terminal, Inspector inspector, long ownerId) {
    Progress progress = new Progress(terminal, inspector, ownerId);
    progress.thread.setDaemon(true);
    progress.thread.start();
    return progress;
  }

  private void tell() {
    Duration pause = terminal.isErrorTerminal() ? ON_TERMINAL : IN_LOG;
    try {
      for (Duration wait = FIRST;
          !end.await(wait.toMillis(), TimeUnit.MILLISECONDS);
          wait = pause) {
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // no code interrupts it; if it happens, the display ends
    } catch (StoreException e) {
      return; // the reaper gets the same exception and reports it
    } finally {
      clear();
    }
  }

  /** False for a function whose retry is due later: the reaper does not wait for it. */
  private static boolean isDue(FunctionRow row) {
    Instant due = row.notBefore();
    return due == null || !due.isAfter(Instant.now());
  }

  private void look() {
    List<FunctionRow> mine =
        inspector.functions(own, 0, MOST_OWN).stream().filter(Progress::isDue).toList();
    long left = resolvableOrphans() + mine.size();
    if (left == 0) {
      clear();
      most = 0;
      return;
    }
    if (left > most) {
      most = left;
      since = System.nanoTime();
    }
    String now =
        mine.stream()
            .filter(row -> row.state() == FunctionState.RUNNING)
            .findFirst()
            .map(
                row ->
                    String.format(Locale.ROOT, ", now function %d (%s)", row.id(), row.summary()))
            .orElse("");
    show(
        String.format(
            Locale.ROOT,
            "lastly: %s of %s run%s%s",
            count(most - left),
            count(most),
            rate(most - left),
            now));
  }

  private long resolvableOrphans() {
    Status status = inspector.status();
    return Math.max(0, status.orphans() - status.unresolvable());
  }

  private String rate(long done) {
    double seconds = (System.nanoTime() - since) / 1e9;
    return seconds < 1 ? "" : ", " + count(Math.round(done / seconds)) + "/s";
  }

  private static String count(long number) {
    return Amounts.count(number);
  }

  private void show(String line) {
    String clean = Cells.clean(line);
    if (terminal.isErrorTerminal()) {
      int width = terminal.width() == Terminal.ENDLESS ? USUAL_WIDTH : terminal.width();
      String fitted = Cells.fit(clean, width - 1); // a full line would wrap
      terminal.err().print("\r" + Cells.pad(fitted, width - 1, false));
      terminal.err().flush();
    } else {
      terminal.err().println(clean);
    }
    shown = true;
  }

  private void clear() {
    if (shown && terminal.isErrorTerminal()) {
      int width = terminal.width() == Terminal.ENDLESS ? USUAL_WIDTH : terminal.width();
      terminal.err().print("\r" + " ".repeat(width - 1) + "\r");
      terminal.err().flush();
    }
    shown = false;
  }

  @Override
  public void close() {
    end.countDown();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
