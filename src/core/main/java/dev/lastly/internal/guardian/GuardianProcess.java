package dev.lastly.internal.guardian;

import dev.lastly.internal.audit.Audit;
import dev.lastly.internal.directory.GuardianNews;
import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionState;
import dev.lastly.model.LastlyException;
import dev.lastly.model.Settings;
import dev.lastly.model.Status;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * The guardian: the main class of a process that {@link GuardianPost} starts. It opens a manager,
 * whose threads do the work, and decides when to end. For one thread.
 */
final class GuardianProcess {
  private static final Log log = Log.of(GuardianProcess.class);
  private static final String WORK = "find out whether a guardian is needed";

  private static final Set<FunctionState> UNFINISHED =
      FunctionState.ofANode().stream()
          .filter(FunctionState::isUnfinished)
          .collect(Collectors.toUnmodifiableSet());

  /** Ended by itself, or found another guardian. */
  private static final int FINE = 0;

  private static final int FAILED = 1;

  /** A process that looks at the byte holds it for a moment. */
  private static final int TRIES = 20;

  private static final Duration BETWEEN_TRIES = Duration.ofMillis(5);

  /** The time between two looks for other owners; each is two system calls. */
  private static final Duration LOOK = Duration.ofMillis(100);

  /** The time between two looks at the rows while no other owner lives. */
  private static final Duration LOOK_AT_ROWS = Duration.ofMillis(500);

  /**
   * How long it stays with functions that it cannot run. What hinders it may pass, such as a daemon
   * that restarts; a class that is missing stays missing.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** After this the threads and shutdown hooks of users' functions no longer keep the process. */
  private static final Duration LONGEST_EXIT = Duration.ofSeconds(10);

  private final GuardianSettings given;
  private final StateDirectory directory;
  private final Owners owners;
  private final Owners.OwnerLocks locks;
  private final Engine engine;
  private final FailureLog failures = new FailureLog(log);
  private String told = "";
  private long nextLookAtRows = System.nanoTime();
  private long unrunnableSince; // 0: there is something that it can run

  private GuardianProcess(
      GuardianSettings given, StateDirectory directory, Owners owners, Engine engine) {
    this.given = given;
    this.directory = directory;
    this.owners = owners;
    this.locks = owners.locks();
    this.engine = engine;
  }

  /**
   * Guards the state directory that standard input names, until no guardian is needed.
   *
   * @param args none
   */
  @SuppressWarnings("CatchAndPrintStackTrace") // standard error is the log of this process
  public static void main(String[] args) {
    int status = FAILED;
    try {
      status = run();
    } catch (Throwable e) { // the process that started this one tells why, from this output
      e.printStackTrace();
    }
    exit(status);
  }

  /** Ends the JVM, whatever threads and hooks the functions have left in it. */
  private static void exit(int status) {
    Thread limit =
        new Thread(
            () -> {
              LockSupport.parkNanos(LONGEST_EXIT.toNanos());
              Runtime.getRuntime().halt(status);
            },
            "lastly-guardian-exit");
    limit.setDaemon(true);
    limit.start();
    System.exit(status);
  }

  private static int run() throws Exception {
    GuardianSettings given =
        GuardianSettings.read(
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
            Thread.currentThread().getContextClassLoader());
    Settings settings = given.settings();
    StateDirectory directory =
        StateDirectory.existing(given.base(), given.stem(), settings.allowedFileSystems());
    Owners owners = Owners.open(directory.lockFile());
    if (!isElected(owners.locks())) {
      return FINE;
    }
    Node.prepare();
    try (Engine engine = Node.open(given.base(), given.stem(), settings, Node.Seams.real())) {
      new GuardianProcess(given, directory, owners, engine).guard();
    }
    return FINE;
  }

  private static boolean isElected(Owners.OwnerLocks locks) {
    for (int i = 0; i < TRIES; i++) {
      if (locks.hold(Owners.GUARDIAN)) {
        return true;
      }
      LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
    }
    return false;
  }

  /** Returns when this guardian is not needed any more, and has let go of its byte. */
  private void guard() {
    tell("keeps watch");
    FirstCall.run(); // the threads of the manager work already
    Optional<String> end = Optional.empty();
    while (end.isEmpty()) {
      LockSupport.parkNanos(LOOK.toNanos());
      boundLog();
      end = reasonToEnd().isPresent() ? letGo() : Optional.empty();
    }
    tell("ended: " + end.get());
  }

  private void boundLog() {
    try {
      new GuardianLog(directory.guardianLog()).bound();
    } catch (IOException e) {
      log.debug("cannot bound {}; the next look tries again", directory.guardianLog(), e);
    }
  }

  /**
   * Frees the byte and looks again: a manager that has opened since the look before may have seen
   * the byte held, and started no guardian.
   *
   * @return why it ends; empty if it stays and has its byte again
   */
  private Optional<String> letGo() {
    locks.release(Owners.GUARDIAN);
    nextLookAtRows = System.nanoTime();
    Optional<String> reason = reasonToEnd();
    if (reason.isPresent()) {
      return reason;
    }
    return isElected(locks) ? Optional.empty() : Optional.of("another guardian was started");
  }

  private Optional<String> reasonToEnd() {
    if (!locks.isInPlace()) {
      return Optional.of("the state directory was removed");
    }
    if (!owners.isAlone(engine.ownerId().row())) {
      // Not at once: this look would take time from the threads that reap.
      nextLookAtRows = System.nanoTime() + LOOK_AT_ROWS.toNanos();
      unrunnableSince = 0;
      tell("keeps watch");
      return Optional.empty();
    }
    if (System.nanoTime() - nextLookAtRows < 0) {
      return Optional.empty();
    }
    nextLookAtRows = System.nanoTime() + LOOK_AT_ROWS.toNanos();
    // Opened for this look only: while workers live, it would take room for nothing.
    try (Audit audit =
        Audit.open(given.base(), given.stem(), given.settings().allowedFileSystems())) {
      Optional<String> reason = reasonToEnd(audit);
      failures.worked(WORK);
      return reason;
    } catch (LastlyException e) {
      failures.failed(WORK, "staying", e);
      return Optional.empty();
    }
  }

  private Optional<String> reasonToEnd(Audit audit) {
    Status now = audit.status();
    boolean others = now.ownersAlive() > 1 || now.ownersDead() > 0; // one is this process
    if (others || now.orphans() > now.unresolvable() || hasUnfinished(audit)) {
      unrunnableSince = 0;
      tell(others ? "keeps watch" : "stays although no owner lives: functions are unfinished");
      return Optional.empty();
    }
    String doubt =
        now.ownersUnknown() == 0
            ? ""
            : String.format(
                Locale.ROOT, ", and of %d it is unknown whether they do", now.ownersUnknown());
    if (now.unresolvable() == 0) {
      return Optional.of("no owner lives" + doubt + "; nothing is unfinished");
    }
    String what =
        String.format(
            Locale.ROOT,
            "no owner lives%s; it cannot run what is left (functions: %d): %s",
            doubt,
            now.unresolvable(),
            String.join("; ", now.unresolvableReasons()));
    if (unrunnableSince == 0) {
      unrunnableSince = System.nanoTime();
      tell("tries for " + PATIENCE.toSeconds() + " s more: " + what);
    }
    return System.nanoTime() - unrunnableSince < PATIENCE.toNanos()
        ? Optional.empty()
        : Optional.of(what);
  }

  private boolean hasUnfinished(Audit audit) {
    FunctionFilter own = FunctionFilter.all().owner(engine.ownerId().row()).states(UNFINISHED);
    return !audit.functions(own, 0, 1).isEmpty();
  }

  /** Writes what is new of this process, for people: into its log and the file of news. */
  private void tell(String what) {
    if (what.equals(told)) {
      return;
    }
    told = what;
    Instant now = Instant.now();
    String text = String.format(Locale.ROOT, "process %d %s", Posix.pid(), what);
    System.err.println(now + " guardian: " + text);
    try {
      GuardianNews.write(directory, now, text);
    } catch (IOException e) { // no room, or the directory is gone: the log has it
      System.err.println(now + " guardian: cannot write its news: " + e);
    }
  }
}
