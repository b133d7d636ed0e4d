/*
 * The protocol of Lastly: who owns a deferred function, who may run it, and what is left of it when
 * processes die at any moment. Checked exhaustively by `make model`; README.md ties each label t_...
 * to the code, and says what is left out.
 *
 * Each atomic block is one transaction, one look at locks and processes, or one moment of a
 * function; at[o] says which comes next in owner o. Between any two of them any other process may
 * act, be killed or be stopped. What the code does again and again until something changes (looking
 * for deaths, trying for the watch) waits here for that change.
 *
 * Each owner is one manager in one process: to begin again is to become another owner. Owner x
 * registers function x, in a job of its own; all of them reap.
 *
 * Configurations (-D): FUNCTIONS=2; PAIR: there is no owner 1; WATCH: with the elected watcher;
 * NO_CANCEL; LIVENESS: owner 2 is never killed, stopped or forced, and closes nothing. Processes may
 * be killed in all of them; STOPS, REBOOT, LOST_LOCK, NEW_LOCK_FILE and POWER add what they say.
 * ONE_JOB: function 1 is in the job of function 0, and another process registers it there while the job is
 * open. GIVE_BACK: owner 1 finds, when it has begun function 0, that it cannot run it.
 * ERROR_... is a seeded error, which must be found.
 */

#define OWNERS 3
#define MAX_ATTEMPTS 2            /* fewer than owners, so that poison could exceed it */
#define NOBODY OWNERS
#define PROMISE(name, condition) assert(condition)

#ifdef ONE_JOB
#define FUNCTIONS 2
#define REGISTRANTS 1
#endif
#ifndef FUNCTIONS
#define FUNCTIONS 1
#endif
#ifndef REGISTRANTS
#define REGISTRANTS FUNCTIONS
#endif
#define LAST (FUNCTIONS - 1)
#define NO_FUNCTION FUNCTIONS

mtype:process = { UNBORN, LIVING, GONE };
mtype:place   = { NOWHERE, LOCKING, REGISTERING, DEFERRING, IN_JOB, IDLE, RECORDING_DEATH, ANSWERING, CLAIMING,
                  BEGINNING, CALLING, INSIDE, COMPLETING, GIVING_BACK, RELEASING };
mtype:ending  = { UNREGISTERED, OPEN, CLOSED, DIED, FORCED };
mtype:state   = { ABSENT, DEFERRED, RUNNING, RETRY_WAIT, DONE, CANCELLED, QUARANTINED, PRUNED };

/* ---- Processes and the kernel ----------------------------------------------------------------- */

mtype:process process[OWNERS] = UNBORN;
mtype:place   at[OWNERS] = NOWHERE;
bool stopped[OWNERS];             /* by SIGSTOP: it lives and does nothing */
bool held[OWNERS];                /* the kernel holds byte n of the lock file for owner n */
bit  lockFile[OWNERS];            /* which lock file it has open: the first, or the one that replaced it */
bit  bootOf[OWNERS];
byte twin = NOBODY;               /* who has, in a later boot, the pid and start tick of owner 0 */
byte watcher = NOBODY;            /* who holds the watcher's byte */
bool container[OWNERS];           /* it is in a pid namespace of its own */
bool lockLost;                    /* something in a process has dropped its lock */
bit  lockFileInPlace;
bit  boot;

/* What a process remembers between two steps. */
byte other[OWNERS];               /* whom it has found dead, or whose orphan it has in hand */
byte f[OWNERS];                   /* the function in hand … */
byte claimRead[OWNERS];           /* … and its row as it was read */
byte triesRead[OWNERS];
bool success[OWNERS];             /* the function has returned normally */
#ifdef GIVE_BACK
bool refuses;                     /* owner 1 has given function 0 back, and leaves it alone */
#endif
#ifdef ONE_JOB
byte seen;                        /* of its job, owner 0 has read the functions below this number */
#endif

/* ---- The database ----------------------------------------------------------------------------- */

mtype:ending row[OWNERS] = UNREGISTERED;
bool         doubt[OWNERS];
mtype:state  state[FUNCTIONS] = ABSENT;
byte         owner[FUNCTIONS];
byte         claimNo[FUNCTIONS];
byte         attempts[FUNCTIONS];
#ifdef GIVE_BACK
byte         claimedFrom;         /* the claim of function 0 */
#endif
#ifdef ONE_JOB
bool         jobClosed;
byte         lastClaimer = NOBODY;   /* of functions of the job */
#endif

#ifdef POWER
/* What is on the device. What was committed since may be forgotten by a power cut. */
mtype:ending rowOnDisk[OWNERS] = UNREGISTERED;
mtype:state  stateOnDisk = ABSENT;
byte         ownerOnDisk;
byte         claimNoOnDisk;
byte         attemptsOnDisk;
#endif

/* ---- What really happened: only the promises read it ------------------------------------------- */

bool acknowledged[FUNCTIONS];     /* defer has returned */
bool withdrawn[FUNCTIONS];        /* cancel has returned true */
bool returned[FUNCTIONS];         /* it has returned normally once */
byte runs[FUNCTIONS];             /* how often it was begun */
bool mishap;                      /* a process died, or a person intervened */
#ifdef ONE_JOB
bool late;                        /* function 1 was registered when owner 0 was ending the job */
bool again[FUNCTIONS];            /* an owner that claimed it has begun it again */
#endif

#define ACTS(o)       (process[o] == LIVING && !stopped[o])
#define WAITS(x)      (state[x] == DEFERRED || state[x] == RETRY_WAIT)
#define UNFINISHED(x) (WAITS(x) || state[x] == RUNNING)
#define OVER(x)       (state[x] == DONE || state[x] == CANCELLED || state[x] == QUARANTINED || state[x] == PRUNED)
#define HAS(o, x)     (owner[x] == o && WAITS(x))
#define MAY_READ(o, x) (HAS(o, x) && IS_READ(x))
#define RUNS(o, x)    (at[o] == INSIDE && f[o] == x)
#define ENDED(o)      (row[o] == CLOSED || row[o] == DIED || row[o] == FORCED)
#ifdef ONE_JOB
#define CAN_CALL(o, x) (true)
#define IS_READ(x)     (state[x] == RETRY_WAIT || x < seen)
#define READS_JOB      seen = (state[1] == ABSENT -> 1 : 2)
#define IS_OPEN(o)     (o == 0 && !jobClosed)
#define IN_ONE_JOB     (true)
#else
/* Owner 0 was started with an older jar: it lacks the code of function 1. */
#define CAN_CALL(o, x) (o != 0 || x != 1)
#define IS_READ(x)     (true)
#define READS_JOB      skip
#define IS_OPEN(o)     (false)
#define IN_ONE_JOB     (false)
#endif

#ifdef GIVE_BACK
#define CAN_DO(o)      (o != 1)
#define LEAVES(o)      (o == 1 && refuses)
#else
#define CAN_DO(o)      (true)
#define LEAVES(o)      (false)
#endif

#ifdef LIVENESS
#define MORTAL(o) (o != 2)
#else
#define MORTAL(o) (true)
#endif

#ifdef PAIR
#define EXISTS(o) (o != 1)
#else
#define EXISTS(o) (true)
#endif

/* ---- Verdicts ---------------------------------------------------------------------------------- */

#ifdef ERROR_BOOT_ID_IGNORED
#define SAME_BOOT(me, o) (true)
#else
#define SAME_BOOT(me, o) (bootOf[me] == bootOf[o])
#endif
#define SAME_FILE(me, o)  (lockFile[me] == lockFile[o])
#define COMPARABLE(me, o) (SAME_BOOT(me, o) && !container[me] && !container[o])
#define SEEN(o)           (process[o] == LIVING || (o == 0 && twin != NOBODY && process[twin] == LIVING))

#ifdef ERROR_LOCK_NOT_ASKED
#define IS_DEAD(me, o) (!(COMPARABLE(me, o) && SEEN(o)))
#else
#define IS_DEAD(me, o) \
  ((SAME_FILE(me, o) && !held[o] && !(COMPARABLE(me, o) && SEEN(o))) || \
   (!SAME_FILE(me, o) && COMPARABLE(me, o) && !SEEN(o)))
#endif
#define IS_DOUBTFUL(me, o) (!SAME_FILE(me, o) && !COMPARABLE(me, o))

/* ---- The seeded errors, beside what they replace -------------------------------------------------- */

#ifdef ERROR_START_UNCHECKED
#define MAY_BEGIN(me, x) (owner[x] == me && claimNo[x] == claimRead[me] && attempts[x] == triesRead[me])
#else
#define MAY_BEGIN(me, x) \
  (owner[x] == me && claimNo[x] == claimRead[me] && attempts[x] == triesRead[me] && WAITS(x))
#endif

#ifdef ERROR_NO_FENCE
#define STILL_OURS(me, x) (UNFINISHED(x))
#else
#define STILL_OURS(me, x) \
  (owner[x] == me && claimNo[x] == claimRead[me] && attempts[x] == triesRead[me] + 1 && state[x] == RUNNING)
#endif

#ifdef ERROR_CANCEL_ANY_STATE
#define MAY_CANCEL(x) (owner[x] == x && UNFINISHED(x))
#else
#define MAY_CANCEL(x) (owner[x] == x && state[x] == DEFERRED)
#endif

#ifdef ERROR_CLAIM_WHAT_IT_CANNOT_CALL
#define TAKES(me, x) (WAITS(x))
#else
#define TAKES(me, x) (WAITS(x) && CAN_CALL(me, x) && !LEAVES(me))
#endif

/* Of a job, the owner that has claimed last comes first: it runs one, or it has ended and left one. */
#if defined(ONE_JOB) && !defined(ERROR_JOB_NOT_ASKED)
#define COMES_FIRST(o, x) (owner[x] == o && (state[x] == RUNNING || (ENDED(o) && WAITS(x))))
#define IS_BUSY(x) \
  (lastClaimer != NOBODY && lastClaimer != owner[x] && (COMES_FIRST(lastClaimer, 0) || COMES_FIRST(lastClaimer, 1)))
#else
#define IS_BUSY(x) (false)
#endif

#ifdef ERROR_CLAIMED_ROWS_FORGOTTEN
#define IS_ORPHAN(x) (ENDED(owner[x]) && claimNo[x] == 0)
#else
#define IS_ORPHAN(x) (ENDED(owner[x]))
#endif
#define IS_CUT_OFF(x) (state[x] == RUNNING && IS_ORPHAN(x))
#define LEFT(me, x)   (TAKES(me, x) && IS_ORPHAN(x) && !IS_BUSY(x))

/* The row is still as it was read. */
#define UNCHANGED(me, x) (owner[x] == other[me] && claimNo[x] == claimRead[me] && attempts[x] == triesRead[me])
#if defined(ERROR_CLAIM_UNCHECKED)
#define MAY_CLAIM(me, x) (TAKES(me, x) && owner[x] != me)
#elif defined(ERROR_CLAIM_OF_THE_CANCELLED)
#define MAY_CLAIM(me, x) (UNCHANGED(me, x) && !IS_BUSY(x))
#else
#define MAY_CLAIM(me, x) (UNCHANGED(me, x) && TAKES(me, x) && !IS_BUSY(x))
#endif

#ifdef ERROR_PRUNE_QUARANTINED
#define PRUNABLE(x) (state[x] == DONE || state[x] == CANCELLED || state[x] == QUARANTINED)
#else
#define PRUNABLE(x) (state[x] == DONE || state[x] == CANCELLED)
#endif

#ifdef ERROR_ONLY_THE_WATCHER_LOOKS
#define LOOKS(me) (watcher == me)
#else
#define LOOKS(me) (true)
#endif
#define IS_NEWS(me, o) \
  (o != me && row[o] == OPEN && (IS_DEAD(me, o) || (IS_DOUBTFUL(me, o) && !doubt[o])))

/* ---- Pieces of steps -------------------------------------------------------------------------------- */

/* A synced commit takes all earlier ones to the device with it. */
#ifdef POWER
#define TO_DEVICE \
  rowOnDisk[0] = row[0]; rowOnDisk[1] = row[1]; rowOnDisk[2] = row[2]; stateOnDisk = state[0]; \
  ownerOnDisk = owner[0]; claimNoOnDisk = claimNo[0]; attemptsOnDisk = attempts[0]
#else
#define TO_DEVICE skip
#endif

#ifdef ERROR_JOB_READ_ONCE
#define CLOSES_JOB jobClosed = true
#else
#define CLOSES_JOB jobClosed = true; READS_JOB
#endif

#define FORGET(o) other[o] = 0; f[o] = 0; claimRead[o] = 0; triesRead[o] = 0; success[o] = false

/* An owner that is gone and is known to have ended: no process asks any more who it was. */
#define BURY(o) \
  container[o] = container[o] && row[o] == OPEN; bootOf[o] = bootOf[o] && row[o] == OPEN; \
  lockFile[o] = lockFile[o] && row[o] == OPEN

/* All that happens to a process at its death happens in the kernel. */
inline die(o) {
  d_step {
    process[o] = GONE; at[o] = NOWHERE; stopped[o] = false; held[o] = false;
    watcher = (watcher == o -> NOBODY : watcher); twin = (twin == o -> NOBODY : twin);
    mishap = true; FORGET(o); BURY(o)
  }
}

/* A function begins: what was promised is judged now, because only now is it known who lives. */
inline begins(me, x) {
  PROMISE(only_what_was_acknowledged_runs, acknowledged[x]);
  PROMISE(cancelled_never_starts, !withdrawn[x]);
  PROMISE(attempts_bound_the_runs, runs[x] < MAX_ATTEMPTS);
  PROMISE(none_runs_what_it_cannot_call, CAN_CALL(me, x));
  PROMISE(once_if_all_is_well, !returned[x] || mishap);
#ifdef ONE_JOB
  PROMISE(newest_first, x == 1 || runs[0] > 0 || late || state[1] == ABSENT || attempts[1] > 0 || OVER(1));
  PROMISE(one_owner_at_a_job,                   /* but for retries of what an owner has claimed */
          state[1 - x] != RUNNING || owner[1 - x] == me || row[owner[1 - x]] != OPEN || row[me] == FORCED ||
          again[0] || again[1]);
#endif
  PROMISE(never_beside_its_owner,               /* unless an operator forced an end, wrongly */
          row[me] == FORCED ||
          ((me == 0 || !RUNS(0, x) || row[0] == FORCED) &&
           (me == 1 || !RUNS(1, x) || row[1] == FORCED) &&
           (me == 2 || !RUNS(2, x) || row[2] == FORCED)));
  runs[x]++
}

/* Nothing is answered or claimed but for an owner that has ended. */
inline judgeEnd(x) {
  PROMISE(claimed_only_from_the_ended, ENDED(owner[x]));
  PROMISE(never_early, row[owner[x]] != DIED || process[owner[x]] == GONE);
  PROMISE(closed_owner_runs_nothing, row[owner[x]] != CLOSED || !RUNS(owner[x], x))
}

/* ---- An owner ------------------------------------------------------------------------------------------ */

proctype Owner(byte me) {
  do
  /* Joining: the lock byte is held before others can see the row. */
  :: atomic { process[me] == UNBORN && EXISTS(me) && (me != 2 || !EXISTS(1) || process[1] != UNBORN) ->
t_start:
       process[me] = LIVING; bootOf[me] = boot; lockFile[me] = lockFileInPlace;
       if
       :: !lockLost -> container[me] = true
       :: twin == NOBODY && process[0] == GONE && row[0] == OPEN && bootOf[0] != boot -> twin = me
       :: true
       fi;
#ifdef ERROR_ROW_BEFORE_LOCK
       at[me] = REGISTERING }
#else
       at[me] = LOCKING }
#endif
  :: atomic { ACTS(me) && at[me] == LOCKING ->
t_lock:
       held[me] = true;
#ifdef ERROR_ROW_BEFORE_LOCK
       at[me] = (me < REGISTRANTS -> DEFERRING : IDLE) }
#else
       at[me] = REGISTERING }
#endif
  :: atomic { ACTS(me) && at[me] == REGISTERING ->
t_register:
       row[me] = OPEN;
#ifdef ERROR_ROW_BEFORE_LOCK
       at[me] = LOCKING }
#else
       at[me] = (me < REGISTRANTS -> DEFERRING : IDLE) }
#endif

  /* A job. A trigger refuses rows of an owner that has ended. Any thread may cancel, at any time. */
  :: atomic { ACTS(me) && at[me] == DEFERRING ->
       if
       :: row[me] == OPEN ->
t_defer:
          owner[me] = me; state[me] = DEFERRED; acknowledged[me] = true; TO_DEVICE
       :: row[me] == FORCED -> skip
       fi;
       at[me] = IN_JOB }
#ifndef NO_CANCEL
  :: atomic { ACTS(me) && at[me] != NOWHERE && me < REGISTRANTS && MAY_CANCEL(me) ->
t_cancel:
       state[me] = CANCELLED; withdrawn[me] = true; TO_DEVICE;
       PROMISE(cancelled_before_it_started, runs[me] == 0) }
#endif
  :: atomic { ACTS(me) && at[me] == IN_JOB ->
t_end_job:
       READS_JOB; at[me] = IDLE }
#ifdef ONE_JOB
  :: atomic { ACTS(me) && at[me] == IDLE && IS_OPEN(me) && !MAY_READ(me, 0) && !MAY_READ(me, 1) ->
t_close_job:
       CLOSES_JOB }
#endif

  /* Looking for the dead. The verdict is one moment, recording it another. */
#ifdef WATCH
  :: atomic { ACTS(me) && at[me] == IDLE && watcher == NOBODY ->
t_elect:
       watcher = me }
#endif
  :: atomic { ACTS(me) && at[me] == IDLE && LOOKS(me) &&
              (IS_NEWS(me, 0) || IS_NEWS(me, 1) || IS_NEWS(me, 2)) ->
       if
       :: IS_NEWS(me, 0) -> other[me] = 0
       :: IS_NEWS(me, 1) -> other[me] = 1
       :: IS_NEWS(me, 2) -> other[me] = 2
       fi;
       if
       :: IS_DEAD(me, other[me]) ->
t_look: at[me] = RECORDING_DEATH
       :: else ->
t_doubt: doubt[other[me]] = true; FORGET(me)
       fi }
  :: atomic { ACTS(me) && at[me] == RECORDING_DEATH ->
       if
       :: row[other[me]] == OPEN ->
t_end_owner:
          PROMISE(dead_only_if_it_is, process[other[me]] == GONE);
          row[other[me]] = DIED; doubt[other[me]] = false; BURY(other[me])
       :: else -> skip                            /* another was faster */
       fi;
       FORGET(me); at[me] = IDLE }

  /* Orphans: found in one moment, answered or claimed in another. What was cut off stays where it is. */
  :: atomic { ACTS(me) && at[me] == IDLE && (IS_CUT_OFF(0) || IS_CUT_OFF(LAST)) ->
       f[me] = (IS_CUT_OFF(LAST) -> LAST : 0); other[me] = owner[f[me]];
t_find_cut_off:
       claimRead[me] = claimNo[f[me]]; triesRead[me] = attempts[f[me]]; at[me] = ANSWERING }
  :: atomic { ACTS(me) && at[me] == ANSWERING ->
       if
       :: UNCHANGED(me, f[me]) && state[f[me]] == RUNNING ->
          judgeEnd(f[me]);
          if
          :: attempts[f[me]] >= MAX_ATTEMPTS ->
t_cut_off_for_good: state[f[me]] = QUARANTINED
          :: else ->
t_cut_off: state[f[me]] = RETRY_WAIT;
#ifdef ERROR_CRASH_NOT_COUNTED
             attempts[f[me]]--
#endif
          fi
       :: else -> skip                            /* another reaper was faster */
       fi;
       FORGET(me); at[me] = IDLE }
  :: atomic { ACTS(me) && at[me] == IDLE && row[me] == OPEN && (LEFT(me, 0) || LEFT(me, LAST)) ->
       if
       :: LEFT(me, 0) && !(IN_ONE_JOB && LEFT(me, LAST) && owner[LAST] == owner[0]) -> f[me] = 0
       :: LEFT(me, LAST) -> f[me] = LAST
       fi;
       other[me] = owner[f[me]];
t_find_orphans:
       claimRead[me] = claimNo[f[me]]; triesRead[me] = attempts[f[me]]; at[me] = CLAIMING }
  :: atomic { ACTS(me) && at[me] == CLAIMING ->
       if
       :: row[me] == OPEN && MAY_CLAIM(me, f[me]) ->
          judgeEnd(f[me]);
t_claim:
          owner[f[me]] = me; claimNo[f[me]]++; claimRead[me] = claimNo[f[me]];
#ifdef ERROR_CLAIM_UNCHECKED
          triesRead[me] = attempts[f[me]];
#endif
#ifdef GIVE_BACK
          claimedFrom = other[me];
#endif
#ifdef ONE_JOB
          lastClaimer = me; again[f[me]] = false;
#endif
          state[f[me]] = RUNNING; attempts[f[me]]++;
          other[me] = 0; at[me] = CALLING
       :: else ->                                 /* another was faster, or our own end was forced */
t_not_claimed:
          FORGET(me); at[me] = IDLE
       fi }

  /* Running what is ours: of a job that has ended, or a retry that is due. */
  :: atomic { ACTS(me) && at[me] == IDLE && (MAY_READ(me, 0) || MAY_READ(me, LAST)) ->
       f[me] = (MAY_READ(me, LAST) -> LAST : 0);
t_read:
       claimRead[me] = claimNo[f[me]]; triesRead[me] = attempts[f[me]];
#ifdef ERROR_RUN_BEFORE_ATTEMPT
       at[me] = CALLING }
#else
       at[me] = BEGINNING }
#endif
  :: atomic { ACTS(me) && at[me] == BEGINNING ->
       if
       :: MAY_BEGIN(me, f[me]) ->
t_begin:
          state[f[me]] = RUNNING; attempts[f[me]]++;
#ifdef ONE_JOB
          again[f[me]] = claimNo[f[me]] > 0;
          if
          :: IS_OPEN(me) -> CLOSES_JOB            /* and then it is read again */
          :: else -> skip
          fi;
#endif
#ifdef ERROR_RUN_BEFORE_ATTEMPT
          at[me] = COMPLETING
#else
          at[me] = CALLING
#endif
       :: else ->
t_not_begun:
          FORGET(me); at[me] = IDLE
       fi }
#ifdef GIVE_BACK
  :: atomic { ACTS(me) && at[me] == CALLING && !CAN_DO(me) ->
t_refuse:
       at[me] = GIVING_BACK }
  :: atomic { ACTS(me) && at[me] == GIVING_BACK ->
       if
       :: STILL_OURS(me, 0) ->
          PROMISE(given_back_to_the_ended, ENDED(claimedFrom));
t_give_back:
          state[0] = RETRY_WAIT; attempts[0]--;   /* it uses up none */
#ifndef ERROR_NOT_GIVEN_BACK
          owner[0] = claimedFrom; claimedFrom = 0; claimNo[0]++; refuses = true;
#endif
       :: else -> skip                            /* its end was forced, and another has claimed it */
       fi;
       FORGET(me); at[me] = IDLE }
#endif
  :: atomic { ACTS(me) && at[me] == CALLING && CAN_DO(me) ->
t_call:
       at[me] = INSIDE; begins(me, f[me]) }
  :: atomic { ACTS(me) && at[me] == INSIDE ->
#ifdef ERROR_RUN_BEFORE_ATTEMPT
       at[me] = (STILL_OURS(me, f[me]) -> COMPLETING : BEGINNING);
#else
       at[me] = COMPLETING;
#endif
       if
       :: true ->
t_return: returned[f[me]] = true; success[me] = true
       :: true ->
t_throw: success[me] = false
       :: MORTAL(me) ->
t_poison: success[me] = false; die(me)           /* it kills its own process */
       fi }
  :: atomic { ACTS(me) && at[me] == COMPLETING ->
       if
       :: STILL_OURS(me, f[me]) ->
          PROMISE(only_the_holder_records_an_outcome, owner[f[me]] == me && claimNo[f[me]] == claimRead[me]);
          if
          :: success[me] ->
t_done: state[f[me]] = DONE
          :: !success[me] && attempts[f[me]] >= MAX_ATTEMPTS ->
t_quarantine: state[f[me]] = QUARANTINED
          :: !success[me] && attempts[f[me]] < MAX_ATTEMPTS ->
t_retry: state[f[me]] = RETRY_WAIT
          fi
       :: else ->
t_fenced:
          PROMISE(only_force_takes_from_a_runner, row[me] == FORCED)
       fi;
       FORGET(me); at[me] = IDLE }

  /* Finished rows are deleted when they are old enough. */
  :: atomic { ACTS(me) && at[me] == IDLE && (PRUNABLE(0) || PRUNABLE(LAST)) ->
       f[me] = (PRUNABLE(0) -> 0 : LAST);
t_prune:
       PROMISE(nothing_unfinished_is_lost, returned[f[me]] || withdrawn[f[me]]);
       d_step {
         state[f[me]] = PRUNED; owner[f[me]] = 0; claimNo[f[me]] = 0; attempts[f[me]] = 0; runs[f[me]] = 0;
         FORGET(me)
       } }

  /* Leaving: the row first, then the byte. Retries may be left behind. The process may live on. */
  :: atomic { ACTS(me) && at[me] == IDLE && MORTAL(me) && !IS_OPEN(me) &&
              !(HAS(me, 0) && state[0] == DEFERRED) && !(HAS(me, LAST) && state[LAST] == DEFERRED) ->
t_close:
       row[me] = (row[me] == OPEN -> CLOSED : row[me]); at[me] = RELEASING }
  :: atomic { ACTS(me) && at[me] == RELEASING ->
t_release:
       held[me] = false; watcher = (watcher == me -> NOBODY : watcher);
       at[me] = NOWHERE; process[me] = GONE; FORGET(me); BURY(me) }
  od
}

/* ---- A person, who believes that an UNKNOWN owner is dead: rightly or not ------------- */

#define WILL_TELL(by, o) \
  (o != by && ACTS(by) && row[by] == OPEN && IS_DOUBTFUL(by, o))
#define FORCEABLE(o) \
  (MORTAL(o) && doubt[o] && row[o] == OPEN && (WILL_TELL(0, o) || WILL_TELL(1, o) || WILL_TELL(2, o)))

proctype Operator() {
  byte o;
  do
  :: atomic { FORCEABLE(0) || FORCEABLE(1) || FORCEABLE(2) ->
       o = (FORCEABLE(0) -> 0 : (FORCEABLE(1) -> 1 : 2));
t_force:
       row[o] = FORCED; doubt[o] = false; mishap = true; TO_DEVICE;
       if
       :: process[o] == GONE -> BURY(o)
       :: else -> skip
       fi;
       o = 0 }
  od
}

/* ---- What goes wrong ------------------------------------------------------------------------------------ */

#define ANY_CONTAINER (container[0] || container[1] || container[2])
#define ANY_STOPPED   (stopped[0] || stopped[1] || stopped[2])
#define KILLABLE(o)   (process[o] == LIVING && MORTAL(o))
#define STOPPABLE(o)  (process[o] == LIVING && MORTAL(o) && !stopped[o])

inline allDie() {
  if
  :: process[0] == LIVING -> die(0)
  :: else -> skip
  fi;
  if
  :: process[1] == LIVING -> die(1)
  :: else -> skip
  fi;
  if
  :: process[2] == LIVING -> die(2)
  :: else -> skip
  fi
}

proctype World() {
  byte o;
  bool hasStopped;
  do
  :: atomic { KILLABLE(0) || KILLABLE(1) || KILLABLE(2) ->
       if
       :: KILLABLE(0) -> o = 0
       :: KILLABLE(1) -> o = 1
       :: KILLABLE(2) -> o = 2
       fi;
t_kill: mishap = true; die(o); o = 0 }
#ifdef ONE_JOB
  :: atomic { state[1] == ABSENT && state[0] != ABSENT && !jobClosed && row[0] == OPEN ->
t_defer_in_the_job_of_another:
       owner[1] = 0; state[1] = DEFERRED; acknowledged[1] = true; late = seen > 0 }
#endif
#ifdef STOPS
  :: atomic { !hasStopped && (STOPPABLE(0) || STOPPABLE(1) || STOPPABLE(2)) ->
       if
       :: STOPPABLE(0) -> o = 0
       :: STOPPABLE(1) -> o = 1
       :: STOPPABLE(2) -> o = 2
       fi;
t_stop: stopped[o] = true; hasStopped = true; o = 0 }
#ifndef LIVENESS                                  /* there, who is stopped stays so */
  :: atomic { ANY_STOPPED ->
t_continue:
       stopped[0] = false; stopped[1] = false; stopped[2] = false }
#endif
#endif
#ifdef REBOOT
  :: atomic { boot == 0 && (MORTAL(2) || process[2] == UNBORN) ->
t_reboot:
       boot = 1; allDie() }
#endif
#ifdef LOST_LOCK
  :: atomic { !lockLost && !ANY_CONTAINER && (held[0] || held[1]) ->
       if
       :: held[0] -> o = 0
       :: held[1] -> o = 1
       fi;
t_lose_lock:
       held[o] = false; lockLost = true; o = 0 }
#endif
#ifdef NEW_LOCK_FILE
  :: atomic { lockFileInPlace == 0 ->
t_replace_lock_file:
       lockFileInPlace = 1 }
#endif
#ifdef POWER
  :: atomic { true ->
t_flush:
       TO_DEVICE }
  :: atomic { boot == 0 ->
       allDie(); boot = 1; mishap = true;
t_power_cut:
       row[0] = rowOnDisk[0]; row[1] = rowOnDisk[1]; row[2] = rowOnDisk[2]; state[0] = stateOnDisk;
       owner[0] = ownerOnDisk; claimNo[0] = claimNoOnDisk; attempts[0] = attemptsOnDisk;
       PROMISE(acknowledged_survives_a_power_cut, state[0] != ABSENT || !acknowledged[0]);
       PROMISE(cancelled_survives_a_power_cut, state[0] == CANCELLED || state[0] == PRUNED || !withdrawn[0]);
       runs[0] = attempts[0]                      /* what was forgotten is not counted */ }
#endif
#ifdef LIVENESS
  :: break                                        /* nothing has to go wrong */
#endif
  od
}

init {
  atomic { run Owner(0); run Owner(1); run Owner(2); run Operator(); run World() }
}

#ifdef LIVENESS
/* Stopped for good, an owner keeps what it has: that is what "never early" means. */
#define SETTLED(x) (OVER(x) || stopped[owner[x]])
#if FUNCTIONS == 1
ltl eventually_run { [] (acknowledged[0] -> <> SETTLED(0)) }
#else                             /* the one that not every process can call, or that came late */
ltl eventually_run { [] (acknowledged[1] -> <> SETTLED(1)) }
#endif
#endif
