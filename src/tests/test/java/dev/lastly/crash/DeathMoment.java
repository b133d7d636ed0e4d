package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.KILLING;

import dev.lastly.support.DriverBoundaries;
import dev.lastly.support.Sigkill;

/** The instants around a user's function at which its process can die. */
enum DeathMoment {
  /** Its attempt has been written, and is not committed. */
  BEFORE_ITS_ATTEMPT_COMMITS,
  /** Its attempt is committed; it has not begun. */
  AFTER_ITS_ATTEMPT_COMMITS,
  /** It has begun. */
  INSIDE,
  /** It has done all its work; nothing of that is in the database. */
  AFTER_IT_RETURNS,
  /** That it returned has been written, and is not committed. */
  BEFORE_ITS_COMPLETION_COMMITS,
  /** That it returned is committed. */
  AFTER_ITS_COMPLETION_COMMITS;

  /** Kills its own process at a moment of the n-th function that the process runs. */
  static final class Trap implements DriverBoundaries.Listener, Deeds.Observer {
    private final DeathMoment moment;
    private final int function;
    private final EventLog log;
    private int begun;
    private int returned;
    private int attempts;
    private int attemptsCommitted;
    private int completions;
    private int completionsCommitted;

    Trap(DeathMoment moment, int function, EventLog log) {
      this.moment = moment;
      this.function = function;
      this.log = log;
    }

    @Override
    public void begins(String key) {
      begun++;
      strikeIf(INSIDE, begun == function, "in " + key);
    }

    @Override
    public void returns(String key) {
      returned++;
    }

    @Override
    public void before(String what) {
      boolean unsaid = returned == function && completions == function - 1;
      strikeIf(AFTER_IT_RETURNS, unsaid, "before: " + what);
      if (what.equals("COMMIT")) {
        strikeIf(BEFORE_ITS_ATTEMPT_COMMITS, isNew(attempts, attemptsCommitted), "");
        strikeIf(BEFORE_ITS_COMPLETION_COMMITS, isNew(completions, completionsCommitted), "");
      }
    }

    @Override
    public void after(String what) {
      if (what.contains("SET state = 'running'") || what.contains("state = 'running', attempts")) {
        attempts++;
      } else if (what.contains("SET state = 'done'") || what.startsWith("INSERT INTO attempt ")) {
        completions++;
      } else if (what.equals("COMMIT")) {
        strikeIf(AFTER_ITS_ATTEMPT_COMMITS, isNew(attempts, attemptsCommitted), "");
        strikeIf(AFTER_ITS_COMPLETION_COMMITS, isNew(completions, completionsCommitted), "");
        attemptsCommitted = attempts;
        completionsCommitted = completions;
      }
    }

    private boolean isNew(int written, int committed) {
      return written == function && committed == function - 1;
    }

    private void strikeIf(DeathMoment here, boolean now, String detail) {
      if (moment == here && now) {
        log.append(KILLING, ProcessName.SELF, moment + " of function " + function + " " + detail);
        Sigkill.strike();
      }
    }
  }
}
