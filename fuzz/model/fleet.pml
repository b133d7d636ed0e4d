/*
 * The fleet: how the death of a node is known, and what becomes of its functions. Checked
 * exhaustively by `make model`; README.md ties each label t_... to the code, and says what is left
 * out. lastly.pml is the protocol of one node.
 *
 * Time is discrete: a tick is the time between two beats. Each atomic block is one statement, one
 * answer, or one moment of a function; between any two of them any process may be killed or stopped,
 * and a node cut off. Process 0 is the worker of node 0. It registers a function that removes what
 * it creates. Process 1 is on node 1, watches node 0 and is its heir.
 *
 * Configurations (-D): OUTAGE: the database goes away, too. SIBLING: process 2 is on node 0, and
 * sees the worker's death. HEIR: process 2 is on node 2, watches node 1, and is an heir, too. In these
 * two no node is cut off, and process 1 is not stopped. ERROR_... is a seeded error, which must be
 * found.
 */

#define PROCESSES 3
#define NODES     3
#define TTL       2
#define PRESUME   2               /* ticks of silence; at least TTL */
#define LATE      1               /* with so little of its lease left, a node is watched */
#define GAP       1               /* the longest time between two looks of one watch */
#define NOBODY    PROCESSES
#define PROMISE(name, condition) assert(condition)

#ifdef ERROR_TRUST_FROM_THE_ANSWER  /* not from when the beat was sent */
#define TRUST(p)  readLeft[p]
#else
#define TRUST(p)  (readLeft[p] > age[p] -> readLeft[p] - age[p] : 0)
#endif

#ifdef SIBLING
#define NODE(p)   (p == 1 -> 1 : 0)
#define WATCHES(p) (p == 1)
#else
#define NODE(p)   (p)
#define WATCHES(p) (p != 0)
#endif
#define WATCHED(p) (p == 2 -> 1 : 0)

mtype:process = { LIVING, GONE };
mtype:ending  = { OPEN, CLOSED, DIED, REBOOTED, PRESUMED };
mtype:beat    = { IDLE, SENT, ANSWERED, ENDING };
mtype:state   = { ABSENT, DEFERRED, RUNNING, RETRY_WAIT, DONE, UNCONFIRMED };
mtype:place   = { AT_WORK, CLOSING, WAITING, CALLING, RETURNED };

/* ---- Machines, processes and the network --------------------------------------------------------- */

mtype:process process[PROCESSES] = LIVING;
bool stopped[PROCESSES];
bool cut[NODES];                  /* from the database */
bool down;                        /* the database */
byte downFor;                     /* ticks; an outage lasts longer than GAP, or it is no outage */
bool booted;                      /* the machine of node 0 runs again, under another boot */

/* What a process remembers. */
mtype:beat  beat[PROCESSES] = IDLE;
byte age[PROCESSES];              /* ticks since the beat was sent */
byte readLeft[PROCESSES];         /* what the lease had left when the statement ran */
byte trust[PROCESSES] = TTL;      /* ticks for which it trusts the lease of its node */
bool lost[PROCESSES];             /* it has read that it was ended */
bool beaten[PROCESSES];           /* in this tick */
bool watching[PROCESSES];
byte since[PROCESSES];            /* ticks since the watch began */
byte sinceSent[PROCESSES];        /* the same, when the beat was sent */
byte gap[PROCESSES];              /* ticks since its last answer … */
byte gapSent[PROCESSES];          /* … when the beat was sent */
bool sameRead[PROCESSES];         /* no beat of the watched node since the statement ran … */
bool same[PROCESSES];             /* … and since the watch began */
bool readSilent[PROCESSES];
mtype:place at[PROCESSES] = WAITING;
byte claimRead[PROCESSES];

/* ---- The database --------------------------------------------------------------------------------- */

mtype:ending node[NODES] = OPEN;
byte         left[NODES] = TTL;   /* ticks, by the database's clock */
mtype:ending owner[PROCESSES] = OPEN;
bool         confirmed[PROCESSES];
mtype:state  state = ABSENT;
byte         ownedBy;
byte         claimNo;
byte         presumedOwner = NOBODY;

/* ---- What really happened: only the promises read it ------------------------------------------------ */

bool thing;                       /* what the function removes is there */
bool hindered[NODES];             /* since its last beat no process of it could beat */
bool machineGone;

#define ACTS(p)      (process[p] == LIVING && !stopped[p])
#define REACHES(p)   (ACTS(p) && !down && !cut[NODE(p)])
#define ABLE(n) \
  (!cut[n] && ((NODE(0) == n && ACTS(0)) || (NODE(1) == n && ACTS(1)) || (NODE(2) == n && ACTS(2))))
#define MUST_BEAT(p) (REACHES(p) && !lost[p] && !beaten[p])
#define ENDED(p)     (owner[p] != OPEN)
#define PROVEN(p)    (ENDED(p) && (owner[p] != PRESUMED || confirmed[p]))
#define WAITS        (state == DEFERRED || state == RETRY_WAIT)
#define LEFT_BY(p)   (WAITS && ownedBy == p && ENDED(p))
#define ONE_LESS(x)  (x > 0 -> x - 1 : 0)
#define ONE_MORE(x, most) (x < most -> x + 1 : most)

#ifdef ERROR_CLOCK_STANDS         /* while the process is stopped */
#define CLOCK_RUNS(p) (!stopped[p])
#else
#define CLOCK_RUNS(p) (true)
#endif

#ifdef ERROR_FAILED_LOOK_FORGIVEN
#define INTERRUPT(p) skip
#define IS_BREAK(p)  (false)
#else
#define INTERRUPT(p) watching[p] = false; since[p] = 0; same[p] = false
#define IS_BREAK(p)  (gapSent[p] > GAP)
#endif

#if defined(ERROR_EXPIRED_IS_DEAD)
#define SILENT_LONG(p) (readSilent[p])
#else
#define SILENT_LONG(p) (watching[p] && same[p] && sinceSent[p] >= PRESUME)
#endif

#if defined(ERROR_BEATS_UNCHECKED)
#define STILL_SILENT(p) (node[WATCHED(p)] == OPEN)
#elif defined(ERROR_EXPIRED_IS_DEAD)
#define STILL_SILENT(p) (node[WATCHED(p)] == OPEN && left[WATCHED(p)] == 0)
#else
#define STILL_SILENT(p) (node[WATCHED(p)] == OPEN && left[WATCHED(p)] == 0 && same[p])
#endif

#define HINDERED(n) hindered[n] = hindered[n] || !ABLE(n)
#define NOTE_HINDERED HINDERED(0); HINDERED(1); HINDERED(2)

/* A beat is seen by all who watch. */
inline beats(n) {
  left[n] = TTL; hindered[n] = !ABLE(n);
  if
  :: WATCHES(1) && WATCHED(1) == n -> same[1] = false; sameRead[1] = false
  :: else -> skip
  fi;
  if
  :: WATCHES(2) && WATCHED(2) == n -> same[2] = false; sameRead[2] = false
  :: else -> skip
  fi
}

inline forget(p) {
  beat[p] = IDLE; age[p] = 0; readLeft[p] = 0; sameRead[p] = false; readSilent[p] = false;
  sinceSent[p] = 0; gapSent[p] = 0
}

inline die(p) {
  process[p] = GONE; stopped[p] = false; trust[p] = 0; at[p] = WAITING; beaten[p] = false;
  gap[p] = 0; claimRead[p] = 0; forget(p); watching[p] = false; since[p] = 0; same[p] = false
}

inline endOwner(p, reason) {
  owner[p] = (owner[p] == OPEN -> reason : owner[p])
}

/* The proof. What was done before it is done again. */
inline prove(p) {
  if
  :: owner[p] == PRESUMED && !confirmed[p] ->
     confirmed[p] = true;
     if
     :: presumedOwner == p && state == UNCONFIRMED -> state = RETRY_WAIT; presumedOwner = NOBODY
     :: presumedOwner == p && WAITS -> presumedOwner = NOBODY
     :: else -> skip
     fi
  :: else -> skip
  fi
}

proctype Process(byte me) {
  do
  /* A beat: one statement that renews the lease, or reads it, and reads who is silent. */
  :: atomic { MUST_BEAT(me) && beat[me] == IDLE ->
t_send:
       beat[me] = SENT; sinceSent[me] = since[me]; gapSent[me] = gap[me] }
  :: atomic { REACHES(me) && beat[me] == SENT ->
       beat[me] = ANSWERED;
       if
       :: node[NODE(me)] == OPEN && owner[me] == OPEN ->
          if
          :: left[NODE(me)] < TTL ->
t_renew:     readLeft[me] = TTL; beats(NODE(me))
          :: else ->
t_read:      skip
          fi;
          readLeft[me] = left[NODE(me)];
          if
          :: WATCHES(me) ->
             readSilent[me] = (node[WATCHED(me)] == OPEN && left[WATCHED(me)] <= LATE);
             sameRead[me] = readSilent[me]
          :: else -> skip
          fi
       :: else -> readLeft[me] = 0
       fi }
  :: atomic { REACHES(me) && beat[me] == ANSWERED ->
       beaten[me] = true;
       if
       :: node[NODE(me)] != OPEN || owner[me] != OPEN ->
t_lose:   lost[me] = true; trust[me] = 0
       :: else ->
          trust[me] = (TRUST(me) > trust[me] -> TRUST(me) : trust[me]);
          if
          :: WATCHES(me) && IS_BREAK(me) -> INTERRUPT(me)
          :: else -> skip
          fi;
          gap[me] = 0;
          if
          :: WATCHES(me) && readSilent[me] && SILENT_LONG(me) ->
t_silent:    readSilent[me] = false; forget(me); beat[me] = ENDING
          :: WATCHES(me) && readSilent[me] && !SILENT_LONG(me) && !(watching[me] && same[me]) ->
t_watch:     watching[me] = true; since[me] = 0; same[me] = sameRead[me]
          :: WATCHES(me) && !readSilent[me] -> INTERRUPT(me)
          :: else -> skip
          fi
       fi;
       if
       :: beat[me] == ANSWERED -> forget(me)
       :: else -> skip
       fi }
  :: atomic { WATCHES(me) && REACHES(me) && beat[me] == ENDING ->
       if
       :: STILL_SILENT(me) && owner[me] == OPEN ->
          PROMISE(an_outage_ends_no_node, hindered[WATCHED(me)]);
          PROMISE(fenced_before_presumed,
                  (NODE(0) != WATCHED(me) || trust[0] == 0) && (NODE(1) != WATCHED(me) || trust[1] == 0) &&
                  (NODE(2) != WATCHED(me) || trust[2] == 0));
t_presume:
          node[WATCHED(me)] = PRESUMED;
          if
          :: WATCHED(me) == 0 -> endOwner(0, PRESUMED)
          :: else -> endOwner(1, PRESUMED)
          fi;
          if
          :: WATCHED(me) == 0 && NODE(2) == 0 -> endOwner(2, PRESUMED)
          :: else -> skip
          fi
       :: else ->
t_not_presumed: skip
       fi;
       INTERRUPT(me); forget(me) }
  :: atomic { ACTS(me) && beat[me] != IDLE && (down || cut[NODE(me)]) ->
t_fail:
       INTERRUPT(me); forget(me) }

  /* The worker. A function is registered before what it removes is made. */
  :: atomic { me == 0 && REACHES(0) && state == ABSENT && at[0] == WAITING ->
       if
       :: owner[0] == OPEN ->
t_defer:  state = DEFERRED; ownedBy = 0; at[0] = AT_WORK
       :: else -> at[0] = CLOSING
       fi }
  :: atomic { me == 0 && ACTS(0) && at[0] == AT_WORK && !thing ->
t_create:
       PROMISE(done_means_gone, state != DONE);
       thing = true }
  :: atomic { me == 0 && ACTS(0) && at[0] == AT_WORK ->
t_end_job:
       at[0] = CLOSING }

  /* Running what is one's own: the worker's at the end of its job, or an heir's once more. */
  :: atomic { REACHES(me) && at[me] == (me == 0 -> CLOSING : WAITING) && WAITS && ownedBy == me ->
       if
       :: owner[me] == OPEN && node[NODE(me)] == OPEN ->
t_begin:  state = RUNNING; claimRead[me] = claimNo; at[me] = CALLING
       :: else -> lost[me] = true; at[me] = (me == 0 -> CLOSING : WAITING); trust[me] = 0
       fi;
       if
       :: me == 0 && lost[0] -> at[0] = WAITING
       :: else -> skip
       fi }

  /* An heir: what was cut off waits again, and what waits is claimed and begun. */
  :: atomic { me != 0 && REACHES(me) && state == RUNNING && ENDED(ownedBy) ->
t_cut_off:
       state = RETRY_WAIT }
  :: atomic { me != 0 && REACHES(me) && at[me] == WAITING && owner[me] == OPEN && ownedBy != me &&
              LEFT_BY(ownedBy) ->
       PROMISE(never_early, owner[ownedBy] != DIED || process[ownedBy] == GONE);
       PROMISE(a_boot_proves, owner[ownedBy] != REBOOTED || process[ownedBy] == GONE);
       presumedOwner = (!PROVEN(ownedBy) && presumedOwner == NOBODY -> ownedBy : presumedOwner);
t_claim:
       ownedBy = me; claimNo = (claimNo + 1) % 4; claimRead[me] = claimNo; state = RUNNING; at[me] = CALLING }
  :: atomic { ACTS(me) && at[me] == CALLING ->
t_call:
       thing = false; at[me] = RETURNED }
  :: atomic { REACHES(me) && at[me] == RETURNED ->
       if
#ifdef ERROR_NO_FENCE_IN_THE_FLEET
       :: state == RUNNING || state == RETRY_WAIT ->
#else
       :: state == RUNNING && ownedBy == me && claimNo == claimRead[me] && owner[me] == OPEN ->
#endif
          PROMISE(only_the_holder_records_an_outcome, ownedBy == me && claimNo == claimRead[me]);
          if
          :: presumedOwner == NOBODY ->
t_done:      state = DONE
          :: presumedOwner != NOBODY && PROVEN(presumedOwner) ->
#ifdef ERROR_PROOF_DURING_THE_RUN
             state = DONE
#else
t_again:     state = RETRY_WAIT; presumedOwner = NOBODY
#endif
          :: else ->
#ifdef ERROR_PRESUMED_IS_DONE
             state = DONE
#else
t_unconfirmed: state = UNCONFIRMED
#endif
          fi;
          PROMISE(done_leaves_nothing, state != DONE || !thing)
       :: else ->
t_fenced: skip
       fi;
       claimRead[me] = 0; at[me] = WAITING }

  /* A sibling knows of a death by the lock byte: for certain, and at once. */
#ifdef SIBLING
  :: atomic { me == 2 && REACHES(2) && process[0] == GONE && !PROVEN(0) && !machineGone ->
t_tell:
       PROMISE(told_only_of_the_dead, process[0] == GONE); endOwner(0, DIED); prove(0) }
#endif
  od
}

/* ---- What goes wrong, and time --------------------------------------------------------------------------- */

proctype World() {
  do
  :: atomic { (down || !(MUST_BEAT(0) || MUST_BEAT(1) || MUST_BEAT(2))) ->
t_tick:
       d_step {
         left[0] = ONE_LESS(left[0]); left[1] = ONE_LESS(left[1]); left[2] = ONE_LESS(left[2]);
         trust[0] = (CLOCK_RUNS(0) -> ONE_LESS(trust[0]) : trust[0]);
         trust[1] = (CLOCK_RUNS(1) -> ONE_LESS(trust[1]) : trust[1]);
         trust[2] = (CLOCK_RUNS(2) -> ONE_LESS(trust[2]) : trust[2]);
         age[0] = (beat[0] == IDLE -> 0 : ONE_MORE(age[0], TTL));
         age[1] = (beat[1] == IDLE -> 0 : ONE_MORE(age[1], TTL));
         age[2] = (beat[2] == IDLE -> 0 : ONE_MORE(age[2], TTL));
         since[1] = (watching[1] -> ONE_MORE(since[1], PRESUME) : 0);
         since[2] = (watching[2] -> ONE_MORE(since[2], PRESUME) : 0);
         gap[1] = (WATCHES(1) && process[1] == LIVING -> ONE_MORE(gap[1], GAP + 1) : 0);
         gap[2] = (WATCHES(2) && process[2] == LIVING -> ONE_MORE(gap[2], GAP + 1) : 0);
         beaten[0] = false; beaten[1] = false; beaten[2] = false;
         downFor = (down -> ONE_MORE(downFor, GAP + 1) : 0)
       } }
  :: atomic { process[0] == LIVING ->
t_kill:
       process[0] = GONE; d_step { die(0); NOTE_HINDERED } }
#ifndef SIBLING
  :: atomic { process[0] == GONE && !machineGone -> machineGone = true }
  /* It joins again: the lease of the boot before has run out, and it was silent. */
  :: atomic { machineGone && !booted && !down && left[0] == 0 ->
t_reboot:
       d_step { booted = true; node[0] = (node[0] == OPEN -> REBOOTED : node[0]); endOwner(0, REBOOTED); prove(0) } }
#endif
#ifdef HEIR
  :: atomic { process[1] == LIVING -> d_step { die(1); NOTE_HINDERED } }
#endif
  :: atomic { process[0] == LIVING && !stopped[0] ->
t_stop:
       d_step { stopped[0] = true; NOTE_HINDERED } }
  :: atomic { stopped[0] || stopped[1] || stopped[2] ->
t_continue:
       d_step { stopped[0] = false; stopped[1] = false; stopped[2] = false } }
#ifdef SIBLING
  :: atomic { !stopped[2] -> d_step { stopped[2] = true; NOTE_HINDERED } }
#endif
#if !defined(SIBLING) && !defined(HEIR)
  :: atomic { process[1] == LIVING && !stopped[1] -> d_step { stopped[1] = true; NOTE_HINDERED } }
  :: atomic { !cut[0] ->
t_cut:
       d_step { cut[0] = true; NOTE_HINDERED } }
  :: atomic { cut[0] ->
t_mend:
       cut[0] = false }
#endif
#ifdef OUTAGE
  :: atomic { !down ->
t_outage:
       down = true; downFor = 0 }
  :: atomic { down && downFor > GAP ->
t_back:
       down = false; downFor = 0 }
#endif
  od
}

init {
  atomic {
#if !defined(SIBLING) && !defined(HEIR)
    process[2] = GONE; trust[2] = 0; left[2] = 0; node[2] = CLOSED; owner[2] = CLOSED;
#endif
    run Process(0); run Process(1); run Process(2); run World()
  }
}
