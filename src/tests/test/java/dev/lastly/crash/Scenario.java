package dev.lastly.crash;

import dev.lastly.model.Durability;
import dev.lastly.model.Order;
import dev.lastly.model.Settings;
import dev.lastly.support.Sigkill;
import java.time.Duration;
import java.util.Locale;

/**
 * What the child does when it is killed. Each scenario is played in a process of its own on a real
 * state directory, which another process has prepared before it died.
 */
public enum Scenario {
  /** A worker's whole life: jobs, a cancel, a failure with its retry, a quarantine, the end. */
  WORKER {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).close(); // so that the schema is there
    }

    @Override
    void play(Stage stage) {
      try (Stage.Owner owner = stage.open(Stage.settings().build())) {
        try (Stage.Job job = owner.open("newest-first")) {
          job.defer("returns", "fails", "returns", "returns").cancel("3-returns");
        }
        stage.letRetriesBecomeDue();
        owner.reap();
      }
      try (Stage.Owner owner = stage.open(quickAndInOrder())) {
        try (Stage.Job job = owner.open("in-order")) {
          job.defer("returns", "doomed", "returns");
        }
        stage.letRetriesBecomeDue();
      }
    }

    @Override
    boolean isOnDevice(String job) {
      return !job.equals("in-order");
    }
  },

  /** The first process of a node: directory, lock file, schema, one job. */
  FIRST_OPEN {
    @Override
    void play(Stage stage) {
      try (Stage.Owner owner = stage.open(Stage.settings().build());
          Stage.Job job = owner.open("first")) {
        job.defer("returns");
      }
    }
  },

  /** A worker that finds two owners dead, one of them in the middle of a function. */
  REAPER {
    @Override
    void prepare(Stage stage) {
      leaveOrphans(stage, "fails");
    }

    @Override
    void play(Stage stage) {
      try (Stage.Owner owner = stage.open(Stage.settings().build())) {
        owner.reap();
        stage.letRetriesBecomeDue();
      }
    }
  },

  /** A job of three functions, and nothing else. */
  JOB {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).close();
    }

    @Override
    void play(Stage stage) {
      Stage.Job job = stage.open(Stage.settings().build()).open("job");
      job.defer("returns", "returns", "returns").close();
    }
  },

  /** The same job, run by a reaper. */
  ORPHANS {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).open("job").defer("returns", "returns", "returns");
    }

    @Override
    void play(Stage stage) {
      stage.open(Stage.settings().build()).reap();
    }
  },

  /** Cancels: one, the same again, one of a job that has ended. */
  CANCEL {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).close();
    }

    @Override
    void play(Stage stage) {
      try (Stage.Owner owner = stage.open(Stage.settings().build())) {
        Stage.Job job = owner.open("cancelled");
        job.defer("returns", "returns", "returns").cancel("2-returns");
        job.cancel("2-returns");
        job.cancel("3-returns");
        job.close();
        job.cancel("1-returns");
      }
    }
  },

  /** Jobs with functions for their failure: one commits, one does not, one commits first. */
  COMMIT {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).close();
    }

    @Override
    void play(Stage stage) {
      try (Stage.Owner owner = stage.open(Stage.settings().build())) {
        try (Stage.Job job = owner.open("succeeds")) {
          job.defer("returns").deferIfFailed("returns", "returns").defer("returns").commit();
        }
        try (Stage.Job job = owner.open("does-not")) {
          job.deferIfFailed("returns").defer("returns").deferIfFailed("returns");
        }
        try (Stage.Job job = owner.open("first-commits").commit()) {
          job.defer("returns");
        }
      }
    }
  },

  /** A job changes its manager, which ends later than the one that opened it. */
  HAND_OVER {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).close();
    }

    @Override
    void play(Stage stage) {
      try (Stage.Owner heir = stage.open(Stage.settings().build())) {
        try (Stage.Owner owner = stage.open(Stage.settings().build())) {
          Stage.Job job = owner.open("handed-over").defer("returns", "returns", "returns");
          job.cancel("2-returns");
          job.defer("returns").handOver(heir);
          owner.open("stays").defer("returns").close();
        }
        heir.reap();
        heir.open("of-the-heir").defer("returns").close();
      }
    }
  },

  /** Functions that run before their job ends: one returns, one fails. */
  RUN_NOW {
    @Override
    void prepare(Stage stage) {
      stage.open(Stage.settings().build()).close();
    }

    @Override
    void play(Stage stage) {
      try (Stage.Owner owner = stage.open(Stage.settings().build())) {
        Stage.Job job = owner.open("job").defer("returns", "returns", "fails", "returns");
        job.runNow("2-returns").runNow("3-fails").defer("returns");
        stage.letRetriesBecomeDue();
        owner.reap();
        job.close();
        stage.letRetriesBecomeDue();
      }
    }
  },

  /** Removes what has long been finished, beside what has not. */
  PRUNE {
    @Override
    void prepare(Stage stage) {
      Stage.Owner done = stage.open(Stage.settings().retry(Stage.retries(1)).build());
      Stage.Job job = done.open("finished").defer("returns", "doomed", "returns", "returns");
      job.cancel("3-returns");
      job.close();
      done.close();
      leaveOrphans(stage, "returns");
    }

    @Override
    void play(Stage stage) {
      Duration retention = Duration.ofHours(1); // who prepared did that a day before
      try (Stage.Owner owner = stage.open(Stage.settings().finishedRetention(retention).build())) {
        owner.engine().prune();
        Stage.Job job = owner.open("new").defer("returns", "returns");
        owner.engine().prune();
        job.close();
        stage.letPass(retention.plusMinutes(1));
        owner.engine().prune();
      }
    }

    @Override
    boolean mayRemoveRows() {
      return true;
    }
  },

  /** The last round on a node: runs the orphans and compacts the database. */
  CLEANUP_WORKER {
    @Override
    void prepare(Stage stage) {
      leaveOrphans(stage, "returns");
    }

    @Override
    void play(Stage stage) {
      stage.open(Stage.settings().label("cleanupWorker").build()).closeAndCompact();
    }
  };

  /** Makes the state directory that the child finds; the process is killed at the end of this. */
  void prepare(Stage stage) {}

  /** What the child does. */
  abstract void play(Stage stage);

  /** Whether rows of finished functions may be gone afterwards. */
  boolean mayRemoveRows() {
    return false;
  }

  /** Whether what is acknowledged in a job survives a power cut. */
  boolean isOnDevice(String job) {
    return true;
  }

  /** How the scenario is called in messages. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /** Two open jobs, one half cancelled, and a job in the middle of whose end the process dies. */
  private static void leaveOrphans(Stage stage, String deed) {
    Stage.Owner first = stage.open(Stage.settings().build());
    first.open("left-a").defer("returns", "returns", deed).cancel("2-returns");
    first.open("left-b").defer("returns", deed);
    Stage.Owner second = stage.open(Stage.settings().order(Order.REGISTRATION).build());
    Stage.Job cut = second.open("cut").defer("returns", "returns", "returns");
    Deeds.observe(
        new Deeds.Observer() {
          @Override
          public void begins(String key) {
            if (key.equals("cut/2-returns")) {
              Sigkill.strike();
            }
          }
        });
    cut.close();
  }

  private static Settings quickAndInOrder() {
    return Stage.settings()
        .durability(Durability.PROCESS_CRASH)
        .order(Order.REGISTRATION)
        .retry(Stage.retries(2))
        .build();
  }
}
