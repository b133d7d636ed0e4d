package dev.lastly.crash;

import static java.util.Objects.requireNonNullElse;

import dev.lastly.crash.EventLog.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The log, sorted by what it is about. Times are positions in the log. */
final class CrashHistory {
  /** The detail of a registration. */
  static final String ONLY_IF_FAILED = "only-if-failed";

  private static final int NEVER = Integer.MAX_VALUE;

  private final Map<String, Deed> deeds = new LinkedHashMap<>();
  private final Map<String, Integer> ended = new HashMap<>(); // processes
  private final Set<String> faulty = new HashSet<>(); // processes in which calls of the system fail
  private final Map<String, Integer> closing = new HashMap<>(); // managers, by process
  private final Map<String, Integer> closingOwners = new HashMap<>();
  private final Map<String, Integer> endingJobs = new HashMap<>();
  private final Map<String, String> heirs = new HashMap<>(); // owners, by job
  private final Map<String, String> orders = new HashMap<>();

  /** One execution of a function. */
  static final class Run {
    final String process;
    final int at;
    final long millis;
    EventLog.@Nullable Kind end; // null if no process survived to log it
    @Nullable Integer attempt; // its number, once the database has told

    Run(Event begin, int at) {
      this.process = begin.process();
      this.at = at;
      this.millis = begin.millis();
    }
  }

  /** A function as the log knows it. */
  static final class Deed {
    final String key;
    final String registrar;
    @Nullable Long id; // null if defer never returned
    boolean onlyIfFailed;
    boolean cancelTried;
    @Nullable Boolean cancelled; // null if cancel never returned
    int runNow = NEVER; // when that began
    boolean handOverTried;
    final List<Run> runs = new ArrayList<>();

    Deed(String key, String registrar) {
      this.key = key;
      this.registrar = registrar;
    }

    String job() {
      return key.substring(0, key.lastIndexOf('/'));
    }

    int number() {
      String rest = key.substring(key.lastIndexOf('/') + 1);
      return Integer.parseInt(rest.substring(0, rest.indexOf('-')));
    }

    boolean isDoomed() {
      return Deeds.behaviour(key).equals("doomed");
    }

    boolean returned() {
      return runs.stream().anyMatch(run -> run.end == EventLog.Kind.END);
    }
  }

  CrashHistory(List<Event> events) {
    for (int at = 0; at < events.size(); at++) {
      add(events.get(at), at);
    }
  }

  private void add(Event e, int at) {
    switch (e.kind()) {
      case STARTS, BOUNDARY -> {}
      case DEFERRING -> {
        Deed deed = new Deed(e.subject(), e.process());
        deed.onlyIfFailed = e.detail().equals(ONLY_IF_FAILED);
        deeds.put(e.subject(), deed);
      }
      case DEFERRED -> deed(e).id = Long.valueOf(e.detail());
      case CANCELLING -> deed(e).cancelTried = true;
      // A second cancel of what is running or done says false, and takes nothing back.
      case CANCELLED ->
          deed(e).cancelled =
              Boolean.parseBoolean(e.detail()) || requireNonNullElse(deed(e).cancelled, false);
      case COMMITTING ->
          ofJob(e).filter(deed -> deed.onlyIfFailed).forEach(deed -> deed.cancelTried = true);
      case COMMITTED ->
          ofJob(e).filter(deed -> deed.onlyIfFailed).forEach(deed -> deed.cancelled = true);
      case HANDING_OVER -> ofJob(e).forEach(deed -> deed.handOverTried = true);
      case HANDED_OVER -> heirs.put(e.subject(), e.detail());
      case RUNNING_NOW -> deed(e).runNow = at;
      case ENDING -> {
        endingJobs.put(e.subject(), at);
        orders.put(e.subject(), e.detail());
      }
      case BEGIN -> deed(e).runs.add(new Run(e, at));
      case END, THROWS -> {
        List<Run> runs = deed(e).runs;
        runs.stream()
            .filter(run -> run.end == null && run.process.equals(e.process()))
            .findFirst()
            .ifPresent(run -> run.end = e.kind());
      }
      case FAULTS -> faulty.add(e.process());
      case CLOSING -> {
        closing.putIfAbsent(e.process(), at);
        closingOwners.putIfAbsent(e.process() + " " + e.subject(), at);
      }
      case TERMINATING -> closing.putIfAbsent(e.subject(), at);
      case KILLING, GONE -> ended.putIfAbsent(e.subject(), at);
    }
  }

  /** A function that runs without a logged registration has no owner. */
  private Deed deed(Event e) {
    return deeds.computeIfAbsent(e.subject(), key -> new Deed(key, ""));
  }

  private Stream<Deed> ofJob(Event e) {
    return deeds.values().stream().filter(deed -> deed.job().equals(e.subject()));
  }

  List<Deed> deeds() {
    return List.copyOf(deeds.values());
  }

  @Nullable Deed deed(String key) {
    return deeds.get(key);
  }

  /** Whether calls of the system failed in a process. */
  boolean hasFaults(String process) {
    return faulty.contains(process);
  }

  /** Whether a process had been killed, or had ended, before that position. */
  boolean hadEnded(String process, int by) {
    return ended.getOrDefault(process, NEVER) < by;
  }

  /**
   * Whether a process had begun to close its manager, or had been told to, before that position.
   */
  boolean hadBegunToClose(String process, int by) {
    return closing.getOrDefault(process, NEVER) < by;
  }

  /**
   * Whether a function might run in its own process at that position: its job had begun to end, by
   * itself or with its manager, or it was to run before that.
   */
  boolean mightRun(Deed deed, int by) {
    if (deed.runNow < by) {
      return true;
    }
    String heir = heirs.get(deed.job());
    if (heir != null) {
      return closingOwners.getOrDefault(deed.registrar + " " + heir, NEVER) < by;
    }
    return endingJobs.getOrDefault(deed.job(), NEVER) < by
        || closing.getOrDefault(deed.registrar, NEVER) < by;
  }

  /** The order in which a process has to start the functions of a job. */
  boolean isOldestFirst(String job, boolean ownJob) {
    return ownJob && "REGISTRATION".equals(orders.get(job));
  }
}
