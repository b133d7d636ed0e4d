package dev.lastly.internal.guardian;

import dev.lastly.internal.directory.GuardianNews;
import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a manager that wants a guardian does for it: starts one unless there is one, and looks once
 * a second whether there still is. No failure of this leaves this class: the manager works without
 * a guardian, too. Thread-safe.
 */
public final class GuardianPost implements AutoCloseable {
  private static final Log log = Log.of(GuardianPost.class);

  /** The time between two looks while no guardian starts. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** The time between two looks while a guardian starts, here or in another process. */
  private static final Duration LOOK_AT_START = Duration.ofMillis(20);

  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final String WORK = "start a guardian";

  private final Path stateDirBase;
  private final String stem;
  private final Settings settings;
  private final @Nullable GuardianCommand command;
  private final FailureLog failures = new FailureLog(log);
  private final CountDownLatch closed = new CountDownLatch(1);

  // Of the thread that opens the manager, then of this object's own thread.
  private @Nullable Process starting;
  private boolean elected; // whether it holds the byte GUARDIAN_START
  private Duration pause = LOOK;
  private long nextTry = System.nanoTime();

  private GuardianPost(
      Path stateDirBase, String stem, Settings settings, @Nullable GuardianCommand command) {
    this.stateDirBase = stateDirBase;
    this.stem = stem;
    this.settings = settings;
    this.command = command;
  }

  /** For a manager that wants no guardian. */
  public static GuardianPost none() {
    return new GuardianPost(Path.of(""), "", Settings.defaults(), null);
  }

  /**
   * Prepares what {@link #begin} needs. Starts nothing.
   *
   * @param stateDirBase the parent of the state directory
   * @param stem the name of the state directory
   * @param settings those of the manager
   * @throws IllegalArgumentException if they want a guardian, and no other JVM could have the
   *     classes of this manager
   */
  public static GuardianPost of(Path stateDirBase, String stem, Settings settings) {
    if (!settings.guardian().isWanted()) {
      return none();
    }
    ClassLoader loader = settings.classLoader();
    if (loader == null) {
      loader = Thread.currentThread().getContextClassLoader();
    }
    return new GuardianPost(
        stateDirBase,
        stem,
        settings,
        GuardianCommand.of(
            settings.guardian(), loader == null ? ClassLoader.getSystemClassLoader() : loader));
  }

  /**
   * Starts a guardian, unless there is one or none is wanted, and goes on to look after it in a
   * daemon thread. Returns when the process has been started, not when it works: from then on the
   * death of this process does not stop it.
   *
   * @param owner the manager, which is registered: a guardian that is about to end sees it
   */
  public void begin(OwnerId owner) {
    if (command == null) {
      return;
    }
    try {
      StateDirectory directory =
          StateDirectory.existing(stateDirBase, stem, settings.allowedFileSystems());
      Owners.OwnerLocks locks = Owners.open(directory.lockFile()).locks();
      Duration wait = look(directory, locks, owner);
      Thread thread =
          new Thread(() -> loop(directory, locks, owner, wait), "lastly-guardian-" + owner);
      thread.setDaemon(true);
      thread.start();
    } catch (Throwable e) { // whatever it is, such as a lack of threads, the manager works
      failures.failed(WORK, "this manager works without one", e);
    }
  }

  private void loop(
      StateDirectory directory, Owners.OwnerLocks locks, OwnerId owner, Duration first) {
    Duration wait = first;
    while (!isClosedWithin(wait)) {
      wait = look(directory, locks, owner);
    }
    endStart(locks); // a guardian that is starting goes on without this manager
  }

  private boolean isClosedWithin(Duration wait) {
    try {
      return closed.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      log.debug("an interrupt does not end the care for the guardian; it looks now");
      return closed.getCount() == 0;
    }
  }

  /** Returns how long to wait before the next look. */
  private Duration look(StateDirectory directory, Owners.OwnerLocks locks, OwnerId owner) {
    try {
      if (!locks.isFree(Owners.GUARDIAN, 1)) { // or another process looks at it right now
        if (starting != null) {
          endStart(locks);
          pause = LOOK;
          failures.worked(WORK);
        }
        return LOOK;
      }
      if (starting != null) {
        return starting.isAlive() ? LOOK_AT_START : ended(directory, locks, starting);
      }
      if (System.nanoTime() - nextTry < 0 || !isOpen(locks, owner)) {
        return LOOK;
      }
      elected = locks.hold(Owners.GUARDIAN_START);
      if (!elected) {
        return LOOK_AT_START; // another manager starts one, or dies while it does
      }
      return start(directory, locks);
    } catch (Throwable e) { // whatever it is, such as a lack of threads, a later look tries again
      return failed(directory, locks, e);
    }
  }

  /** At the JVM's shutdown the owner may have ended without {@link #close}. */
  private static boolean isOpen(Owners.OwnerLocks locks, OwnerId owner) {
    return locks.probe(owner.row()) == Owners.Holder.THIS_JVM;
  }

  private Duration start(StateDirectory directory, Owners.OwnerLocks locks) throws IOException {
    if (!locks.isFree(Owners.GUARDIAN, 1)) { // it was started between the two looks
      endStart(locks);
      return LOOK;
    }
    GuardianLog output = new GuardianLog(directory.guardianLog());
    output.bound();
    Process process;
    try (GuardianLog.Appending log = output.append()) {
      process = start(command().builder().redirectOutput(log.redirect()));
    }
    starting = process;
    try (Writer in = process.outputWriter(StandardCharsets.UTF_8)) {
      GuardianSettings.write(stateDirBase, stem, settings, in);
    } catch (IOException e) {
      log.debug("guardian {} did not read its settings; the next look finds why", process.pid(), e);
    }
    log.debug("started guardian {} for {}", process.pid(), directory.path());
    return LOOK_AT_START;
  }

  private static Process start(ProcessBuilder guardian) throws IOException {
    try {
      return guardian.redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() + ". A guardian needs the program setsid (of util-linux) on the PATH", e);
    }
  }

  private GuardianCommand command() {
    if (command == null) {
      throw new IllegalStateException("no guardian is wanted");
    }
    return command;
  }

  /** The process that was started has ended, and there is no guardian. */
  private Duration ended(StateDirectory directory, Owners.OwnerLocks locks, Process process)
      throws IOException {
    if (process.exitValue() == 0) { // it found another one, which has ended meanwhile
      endStart(locks);
      return LOOK_AT_START;
    }
    GuardianLog output = new GuardianLog(directory.guardianLog());
    throw new IOException(
        String.format(
            Locale.ROOT,
            "process %d ended with status %d before it kept watch. The end of %s: %s",
            process.pid(),
            process.exitValue(),
            output.file(),
            output.tail()));
  }

  private Duration failed(StateDirectory directory, Owners.OwnerLocks locks, Throwable e) {
    endStart(locks);
    Duration wait = pause;
    nextTry = System.nanoTime() + wait.toNanos();
    pause =
        wait.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : wait.multipliedBy(2);
    failures.failed(
        WORK,
        "if this process is killed, its functions wait for another worker; trying again in " + wait,
        e);
    try {
      GuardianNews.write(directory, Instant.now(), "could not be started: " + e.getMessage());
    } catch (IOException unwritten) {
      log.debug("could not write {}", directory.guardianNews(), unwritten);
    }
    return LOOK;
  }

  private void endStart(Owners.OwnerLocks locks) {
    starting = null;
    if (elected) {
      elected = false;
      locks.release(Owners.GUARDIAN_START);
    }
  }

  /**
   * Looks no more. Does not end the guardian, which ends by itself when it is not needed.
   * Idempotent.
   */
  @Override
  public void close() {
    closed.countDown();
  }
}
