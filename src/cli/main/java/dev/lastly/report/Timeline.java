package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The lives, jobs, attempts and claims of the owners that are drawn.
 *
 * @param lanes one for each owner, oldest first
 * @param ownerChanges the claims between these owners, by time
 * @param now when the data was read
 */
record Timeline(List<Lane> lanes, List<OwnerChange> ownerChanges, Instant now) {

  /**
   * An owner's life.
   *
   * @param owner the owner
   * @param jobs the jobs that it opened
   * @param marks its attempts
   */
  record Lane(ReportOwner owner, List<JobBar> jobs, List<Mark> marks) {
    /** When it closed or was found dead; now, if neither. */
    Instant end(Instant now) {
      Instant closed = owner.closedAt();
      return closed == null ? now : closed;
    }

    /**
     * Until when it is known to have lived: a death leaves no time, so of a dead owner it is the
     * last thing on this page that it did.
     */
    Instant lived(Instant now) {
      Instant end = end(now);
      if (!owner.ending().isDeath()) {
        return end;
      }
      Instant last = owner.openedAt();
      for (JobBar job : jobs) {
        last = later(last, job.newest());
      }
      for (Mark mark : marks) {
        last = later(last, mark.at());
      }
      return earlier(last, end); // the clock may have been set back
    }
  }

  /**
   * A job, as long as the owner that opened it had its functions.
   *
   * @param name its name
   * @param from its first registration
   * @param to the end of its last function or of the owner, or now
   * @param newest its last registration
   * @param functions how many of its functions are on this page
   */
  record JobBar(String name, Instant from, Instant to, Instant newest, int functions) {}

  /** An attempt: when it ended, or when it began if it has no outcome or its process died. */
  record Mark(Instant at, Kind kind) {
    /** How an attempt ended. */
    enum Kind {
      /** It returned. */
      RETURNED,
      /** It failed. */
      FAILED,
      /** Its process died. */
      CRASHED,
      /** It has no outcome yet. */
      OPEN
    }
  }

  /**
   * All claims of one owner from another.
   *
   * @param from the earlier owner
   * @param to the owner that claimed
   * @param at when it made the first claim
   * @param rows how many functions it claimed
   */
  record OwnerChange(Object from, Object to, Instant at, long rows) {}

  static Timeline of(ReportData data) {
    Map<Object, Lane> lanes = new LinkedHashMap<>();
    for (ReportOwner owner : LaneChoice.of(data)) {
      lanes.put(owner.id(), new Lane(owner, new ArrayList<>(), new ArrayList<>()));
    }
    addJobs(data, lanes);
    for (ReportAttempt attempt : data.attempts()) {
      Lane lane = lanes.get(attempt.ownerId());
      if (lane != null) {
        lane.marks().add(mark(attempt));
      }
    }
    return new Timeline(List.copyOf(lanes.values()), ownerChanges(data, lanes), data.madeAt());
  }

  private static void addJobs(ReportData data, Map<Object, Lane> lanes) {
    Map<Object, List<ReportFunction>> jobs = new LinkedHashMap<>();
    for (ReportFunction row : data.functions()) {
      jobs.computeIfAbsent(row.job().id(), any -> new ArrayList<>()).add(row);
    }
    Map<Object, Object> openers = openers(data);
    for (Map.Entry<Object, List<ReportFunction>> job : jobs.entrySet()) {
      List<ReportFunction> functions = job.getValue();
      Lane lane = lanes.get(openers.getOrDefault(job.getKey(), functions.get(0).holder().id()));
      if (lane != null) {
        lane.jobs().add(job(functions, lane.end(data.madeAt())));
      }
    }
  }

  /** The owners that opened jobs that were claimed, by job. */
  private static Map<Object, Object> openers(ReportData data) {
    Map<Object, Object> openers = new HashMap<>();
    for (ReportLife life : data.lives().values()) {
      if (!life.claims().isEmpty()) {
        openers.put(life.row().job().id(), life.claims().get(0).from());
      }
    }
    return openers;
  }

  private static JobBar job(List<ReportFunction> functions, Instant endOfOwner) {
    Instant from = functions.get(0).course().registered();
    Instant to = from;
    Instant newest = from;
    for (ReportFunction row : functions) {
      from = earlier(from, row.course().registered());
      newest = later(newest, row.course().registered());
      Instant end = row.course().finished();
      to = later(to, end == null ? endOfOwner : end);
    }
    return new JobBar(
        functions.get(0).job().name(),
        from,
        later(from, earlier(to, endOfOwner)),
        newest,
        functions.size());
  }

  private static Mark mark(ReportAttempt attempt) {
    AttemptOutcome outcome = attempt.outcome();
    Instant finished = attempt.finishedAt();
    if (outcome == null || finished == null) {
      return new Mark(attempt.startedAt(), Mark.Kind.OPEN);
    }
    return switch (outcome) {
      case RETURNED -> new Mark(finished, Mark.Kind.RETURNED);
      case CRASHED -> new Mark(attempt.startedAt(), Mark.Kind.CRASHED);
      case THREW, TIMED_OUT, UNDECODABLE, UNRESOLVABLE, ASKED_AGAIN ->
          new Mark(finished, Mark.Kind.FAILED);
    };
  }

  private static List<OwnerChange> ownerChanges(ReportData data, Map<Object, Lane> lanes) {
    Map<List<Object>, OwnerChange> pairs = new LinkedHashMap<>();
    for (ReportLife.Claim claim : data.claims()) {
      if (lanes.containsKey(claim.from()) && lanes.containsKey(claim.to())) {
        pairs.merge(
            List.of(claim.from(), claim.to()),
            new OwnerChange(claim.from(), claim.to(), claim.at(), claim.rows()),
            (one, two) -> new OwnerChange(one.from(), one.to(), one.at(), one.rows() + two.rows()));
      }
    }
    return List.copyOf(pairs.values());
  }

  /** All times in the timeline. */
  List<Instant> moments() {
    List<Instant> moments = new ArrayList<>();
    moments.add(now);
    for (Lane lane : lanes) {
      moments.add(lane.owner().openedAt());
      moments.add(lane.end(now));
      lane.jobs().forEach(job -> moments.addAll(List.of(job.from(), job.to())));
      lane.marks().forEach(mark -> moments.add(mark.at()));
    }
    ownerChanges.forEach(change -> moments.add(change.at()));
    return moments;
  }

  /** Whether an owner that is drawn ended so. */
  boolean hasEnding(OwnerEnding ending) {
    return lanes.stream().anyMatch(lane -> lane.owner().ending() == ending);
  }

  /** Whether the drawing shortens idle times; this does not depend on its width. */
  boolean isCut() {
    return TimeScale.of(moments(), 0, 1).stretches().size() > 1;
  }

  private static Instant earlier(Instant one, Instant two) {
    return one.isBefore(two) ? one : two;
  }

  private static Instant later(Instant one, Instant two) {
    return one.isBefore(two) ? two : one;
  }
}
