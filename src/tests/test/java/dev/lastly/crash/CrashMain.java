package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.STARTS;

import dev.lastly.model.LastlyException;
import dev.lastly.support.DriverBoundaries;
import dev.lastly.support.Sigkill;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * The main class of the children: plays one scenario, or prepares it and dies. It first waits for a
 * line on standard input, so that it can start while the previous child is still being judged.
 */
public final class CrashMain {
  /** Kills at the n-th boundary of the statements; 0: tells where they are; unset: nothing. */
  static final String BOUNDARY = "lastly.crash.boundary";

  /** Kills at a {@link DeathMoment} of the n-th function: {@code INSIDE 2}; unset: never. */
  static final String MOMENT = "lastly.crash.moment";

  /** Whether calls of the system fail. */
  static final String FAULTS = "lastly.crash.faults";

  private CrashMain() {}

  /** Arguments: {@code prepare} or {@code play}, the scenario, the base directory, the log. */
  public static void main(String[] args) throws Exception {
    if (System.in.read() < 0) {
      return; // the parent has closed its end: not needed any more
    }
    boolean play = args[0].equals("play");
    Scenario scenario = Scenario.valueOf(args[1]);
    EventLog log = new EventLog(Path.of(args[3]));
    log.append(STARTS, scenario.name(), args[0]);
    // The time of the preparation is before that of the play, and both are before the recovery.
    Instant start = Instant.now().minus(Duration.ofDays(play ? 1 : 2));
    Stage stage = new Stage(Path.of(args[2]), log, start, wire(log));
    if (Boolean.getBoolean(FAULTS)) {
      log.append(EventLog.Kind.FAULTS, scenario.name());
    }
    if (play) {
      play(scenario, stage, log);
    } else {
      scenario.prepare(stage);
      Sigkill.strike();
    }
  }

  /** If a fault is told, the process ends as many do then: without another word. */
  private static void play(Scenario scenario, Stage stage, EventLog log) {
    try {
      scenario.play(stage);
    } catch (LastlyException e) {
      if (!Boolean.getBoolean(FAULTS)) {
        throw e;
      }
      log.append(EventLog.Kind.FAULTS, scenario.name(), e.toString());
      Sigkill.strike();
    }
  }

  private static UnaryOperator<DataSource> wire(EventLog log) {
    Integer boundary = Integer.getInteger(BOUNDARY);
    if (boundary != null) {
      return new DriverBoundaries(new Tripwire(boundary, log))::around;
    }
    String moment = System.getProperty(MOMENT);
    if (moment != null) {
      int space = moment.indexOf(' ');
      int function = Integer.parseInt(moment.substring(space + 1));
      DeathMoment.Trap trap =
          new DeathMoment.Trap(DeathMoment.valueOf(moment.substring(0, space)), function, log);
      Deeds.observe(trap);
      return new DriverBoundaries(trap)::around;
    }
    return UnaryOperator.identity();
  }
}
