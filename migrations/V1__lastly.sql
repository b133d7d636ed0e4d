-- The schema of Lastly, from top to bottom: each table with its indexes and its guards, then the views.
-- Behind each index stands what it finds. docs/schema.md describes every column and says what is stable;
-- docs/auditing.md says what to ask.
--
-- Times are milliseconds since 1970-01-01 UTC; the views show them as text. Tables are STRICT, and no
-- function is newer than SQLite 3.38, so that the sqlite3 program of an old distribution can read them.
--
-- Guards are triggers, not foreign keys: those are off at a sqlite3 prompt. Each refusal begins with
-- "lastly: " and names the command, or the statement, by which it is done properly, because a person at
-- a prompt will read it. The texts are literals, one for each case: before SQLite 3.47, RAISE takes no
-- expression.
--
-- Every text has a longest length, because rows that no process could read without running out of memory
-- would stop all workers. Readers also cut texts that are longer: a user who can plant a row can switch the
-- conditions off. Errors, reasons and evidence are cut by what writes them.
--
-- What SQLite evaluates each time a function is written is cheap on purpose. SQLite runs each trigger as a
-- program of its own for each row, whether its WHEN holds or not, so there are few. It builds a table for each
-- IN of more than two values, also in a CHECK or a partial index, so those are comparisons joined by OR. A
-- partial index serves only a query that repeats its condition literally. Indexes that the running of
-- functions uses hold no finished row, so they stay small.

PRAGMA application_id = 1280529497;  -- "LSTY": file(1) and sqlite3 can tell whose database this is
-- The schema's version, set in the same transaction as the schema: the number of the migration plus 9.
-- Development builds made versions 1 to 9 before the first release, and no release opens those.
PRAGMA user_version = 10;

-- Owners -----------------------------------------------------------------------------------------

-- One open manager in one process: an incarnation, never reused (AUTOINCREMENT), because its id is
-- also the number of the lock byte that the kernel holds for it.
CREATE TABLE owner (
  id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  pid           INTEGER NOT NULL CHECK (pid > 0),
  start_ticks   INTEGER NOT NULL,
  boot_id       TEXT    NOT NULL CHECK (length(boot_id) <= 200),
  pid_namespace TEXT    NOT NULL CHECK (length(pid_namespace) <= 200),
  uid           INTEGER NOT NULL,
  host          TEXT    NOT NULL CHECK (length(host) <= 1000),
  lock_inode    INTEGER NOT NULL,
  label         TEXT    NOT NULL DEFAULT '' CHECK (length(label) <= 200),
  opened_at     INTEGER NOT NULL,
  closed_at     INTEGER,
  end_reason    TEXT CHECK (end_reason IN ('closed', 'shutdown', 'died', 'forced')),
  ended_by      INTEGER REFERENCES owner (id),
  evidence      TEXT CHECK (length(evidence) <= 10000),
  -- Why no process could tell whether it lives, when last looked at; NULL once one can.
  doubt         TEXT CHECK (length(doubt) <= 10000),
  -- The functions, a JSON array, whose rows this owner is looking at before a claim, while that runs code of
  -- the user's. Of an owner that died: the look has killed it, so the next process claims them without one,
  -- and the attempt is counted.
  looking_at    TEXT CHECK (looking_at IS NULL OR json_valid(looking_at)),
  -- 1 from its end until nothing that it left is unfinished; kept by triggers and claims, so that
  -- looking for orphans costs the same beside one live owner as beside a thousand.
  left_orphans  INTEGER NOT NULL DEFAULT 0 CHECK (left_orphans IN (0, 1)),
  -- The numbers of the changes that opened and ended it, see the view change.
  opened_no     INTEGER,
  ended_no      INTEGER,
  CHECK (left_orphans = 0 OR closed_at IS NOT NULL),
  CHECK ((closed_at IS NULL) = (end_reason IS NULL)),
  CHECK ((end_reason IN ('died', 'forced')) = (evidence IS NOT NULL) OR end_reason IS NULL)
) STRICT;

CREATE INDEX owner_open ON owner (id) WHERE closed_at IS NULL;  -- owners that have not ended
CREATE INDEX owner_left_orphans ON owner (ended_no) WHERE left_orphans = 1;  -- ended owners that left unfinished functions, by their end
CREATE INDEX owner_ended ON owner (closed_at) WHERE closed_at IS NOT NULL AND left_orphans = 0;  -- owners that may be pruned
CREATE INDEX owner_ended_by ON owner (ended_by) WHERE ended_by IS NOT NULL;  -- owners that this one found dead
CREATE INDEX owner_opened_no ON owner (opened_no);  -- change, change_event
CREATE INDEX owner_ended_no ON owner (ended_no) WHERE ended_no IS NOT NULL;  -- change, change_event
CREATE INDEX owner_died_looking ON owner (id) WHERE closed_at IS NOT NULL AND looking_at IS NOT NULL;  -- looks that have killed an owner

CREATE TRIGGER owner_is_new
BEFORE INSERT ON owner WHEN EXISTS (SELECT 1 FROM owner WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'lastly: an owner is never replaced; leave the id out (docs/protocol.md: register an owner)'); END;

CREATE TRIGGER owner_opens
AFTER INSERT ON owner WHEN NEW.opened_no IS NULL
BEGIN UPDATE owner SET opened_no = (SELECT last + 1 FROM change) WHERE id = NEW.id; END;

CREATE TRIGGER owner_ends
AFTER UPDATE OF closed_at ON owner WHEN NEW.closed_at IS NOT NULL AND NEW.ended_no IS NULL
BEGIN UPDATE owner SET ended_no = (SELECT last + 1 FROM change) WHERE id = NEW.id; END;

CREATE TRIGGER owner_numbers_are_fixed
BEFORE UPDATE OF opened_no, ended_no ON owner
WHEN (OLD.opened_no IS NOT NULL AND NEW.opened_no IS NOT OLD.opened_no)
  OR (OLD.ended_no IS NOT NULL AND NEW.ended_no IS NOT OLD.ended_no)
BEGIN SELECT RAISE(ABORT, 'lastly: what happened first is history and never changes; to add a remark: INSERT INTO operator_action'); END;

CREATE TRIGGER owner_identity_is_fixed
BEFORE UPDATE OF id, pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at ON owner
BEGIN SELECT RAISE(ABORT, 'lastly: who an owner is never changes; another process is another owner, and opens a manager of its own'); END;

CREATE TRIGGER owner_ends_once
BEFORE UPDATE OF closed_at, end_reason, ended_by, evidence ON owner WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has ended; an owner ends once and is never reopened; open a new manager'); END;

CREATE TRIGGER owner_leaves_orphans
AFTER UPDATE OF closed_at ON owner
WHEN NEW.closed_at IS NOT NULL
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND finished_at IS NULL)
BEGIN UPDATE owner SET left_orphans = 1 WHERE id = NEW.id; END;

CREATE TRIGGER owner_orphans_are_not_hidden
BEFORE UPDATE OF left_orphans ON owner
WHEN NEW.left_orphans = 0
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND finished_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has left unfinished functions; have them run: lastly reap'); END;

-- An owner of a function or of an attempt has opened its job or claimed it, and job and claims stay
-- with the function; so looking for jobs and claims is enough.
CREATE TRIGGER owner_is_kept
BEFORE DELETE ON owner
WHEN OLD.closed_at IS NULL OR OLD.left_orphans = 1
  OR NOT EXISTS (SELECT 1 FROM prune_ticket WHERE OLD.closed_at <= finished_at)
  OR EXISTS (SELECT 1 FROM job WHERE opened_by = OLD.id)
  OR EXISTS (SELECT 1 FROM claim WHERE from_owner = OLD.id)
  OR EXISTS (SELECT 1 FROM claim WHERE to_owner = OLD.id)
  OR EXISTS (SELECT 1 FROM owner WHERE ended_by = OLD.id)
  OR EXISTS (SELECT 1 FROM unresolvable_function WHERE reported_by = OLD.id)
BEGIN SELECT RAISE(ABORT, 'lastly: an owner is kept while it is open or anything refers to it (its id numbers a lock byte and is never reused); it goes when it is old: lastly prune'); END;

CREATE TRIGGER owner_is_counted
AFTER DELETE ON owner
BEGIN UPDATE pruned SET owners = owners + 1; END;

-- Jobs -------------------------------------------------------------------------------------------

-- Written with the first function: a job that defers nothing leaves no row.
CREATE TABLE job (
  id        INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  name      TEXT    NOT NULL CHECK (length(name) <= 200),
  opened_by INTEGER NOT NULL REFERENCES owner (id),
  opened_at INTEGER NOT NULL,
  committed_at INTEGER,  -- when it said that it has succeeded; what a failed job keeps or undoes depends on it
  closed_at INTEGER,
  pruned    INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0)
) STRICT;

CREATE INDEX job_opened_by ON job (opened_by);  -- jobs of an owner

CREATE TRIGGER job_is_new
BEFORE INSERT ON job WHEN EXISTS (SELECT 1 FROM job WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'lastly: a job is never replaced; leave the id out (docs/protocol.md: registering a command)'); END;

CREATE TRIGGER job_is_fixed
BEFORE UPDATE OF id, name, opened_by, opened_at ON job
BEGIN SELECT RAISE(ABORT, 'lastly: which job it is, and who opened it, never changes; open another job'); END;

CREATE TRIGGER job_closes_once
BEFORE UPDATE OF closed_at ON job WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'lastly: this job has ended; a job ends once and is never reopened; open another job'); END;

CREATE TRIGGER job_commits_once
BEFORE UPDATE OF committed_at ON job
WHEN OLD.committed_at IS NOT NULL OR OLD.closed_at IS NOT NULL
  OR EXISTS (SELECT 1 FROM owner WHERE id = OLD.opened_by AND closed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'lastly: a job succeeds once, before it ends, and only its own process knows that it did; open another job'); END;

CREATE TRIGGER job_is_kept
BEFORE DELETE ON job
WHEN NOT EXISTS (SELECT 1 FROM prune_ticket)
  OR EXISTS (SELECT 1 FROM deferred_function WHERE job_id = OLD.id)
  OR (OLD.closed_at IS NULL AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.opened_by AND closed_at IS NULL))
BEGIN SELECT RAISE(ABORT, 'lastly: a job is kept while it is open or has functions; it goes with the last of them: lastly prune'); END;

CREATE TRIGGER job_takes_its_claims
AFTER DELETE ON job
BEGIN
  UPDATE pruned SET jobs = jobs + 1;
  DELETE FROM claim WHERE job_id = OLD.id;
END;

-- Code -------------------------------------------------------------------------------------------

-- One row for each piece of code, of each build, that a function was ever registered for: its name, its
-- reference, and the jar or directory that it came from. These texts are longer than the rest of a function's
-- row, and the same for all functions of a kind. Rows are kept when their functions are pruned: to look for the
-- last function of a kind would take an index.
CREATE TABLE code (
  id           INTEGER PRIMARY KEY CHECK (id > 0),
  name         TEXT NOT NULL CHECK (length(name) <= 4096),
  function     TEXT NOT NULL CHECK (length(function) <= 4096),
  class_digest TEXT CHECK (class_digest <> '' AND length(class_digest) <= 128),
  origin       TEXT NOT NULL CHECK (length(origin) <= 65536)
) STRICT;

-- With an expression, because to a UNIQUE constraint no NULL is like another.
CREATE UNIQUE INDEX code_once ON code (function, name, origin, ifnull(class_digest, ''));

CREATE TRIGGER code_is_new
BEFORE INSERT ON code
WHEN EXISTS (SELECT 1 FROM code WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM code WHERE function = NEW.function AND name = NEW.name AND origin = NEW.origin
             AND ifnull(class_digest, '') = ifnull(NEW.class_digest, ''))
BEGIN SELECT RAISE(ABORT, 'lastly: what functions called is history and is never replaced; use the id of the row that says the same'); END;

CREATE TRIGGER code_is_fixed
BEFORE UPDATE ON code
BEGIN SELECT RAISE(ABORT, 'lastly: what functions called is history and never changes; to add a remark: INSERT INTO operator_action'); END;

CREATE TRIGGER code_is_kept
BEFORE DELETE ON code
BEGIN SELECT RAISE(ABORT, 'lastly: what functions called is history and is kept, one row for each piece of code of each build; to add a remark: INSERT INTO operator_action'); END;

-- Deferred functions -----------------------------------------------------------------------------

-- One row for each, and each step of its life changes it once: registered, begun, ended. The attempt that is
-- under way, or that ended as done, is in the row itself: its number is attempts, its owner is owner_id, and it
-- lasts from started_at to finished_at. An attempt that failed moves to the table attempt.
--
-- A function is unfinished while finished_at IS NULL. No step before the last changes that, so the index of
-- the unfinished is not written when a function begins.
CREATE TABLE deferred_function (
  id            INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  job_id        INTEGER NOT NULL REFERENCES job (id),
  -- Pid and boot id of the owner are repeated here: an auditor reads them without a join.
  owner_id      INTEGER NOT NULL REFERENCES owner (id),
  owner_pid     INTEGER NOT NULL,
  owner_boot_id TEXT    NOT NULL,
  claim_no      INTEGER NOT NULL DEFAULT 0 CHECK (claim_no >= 0),
  claim_id      INTEGER REFERENCES claim (id),
  -- What is called. Whatever reads it uses a LEFT JOIN: a row whose code is not there must not hide.
  code_id       INTEGER NOT NULL REFERENCES code (id),
  arguments     TEXT    NOT NULL CHECK (length(arguments) <= 1048576 AND json_valid(arguments)),
  -- Of what is called: the texts of its code but the origin, and the arguments. SQLite notices damage to its
  -- structures, not to a text within a row: with one bit flipped, an argument is another argument, and the wrong
  -- thing is cleaned up. NULL is not checked.
  checksum      INTEGER CHECK (checksum BETWEEN 0 AND 4294967295),
  -- How it is to be run, where that differs from the settings of the process that runs it: a JSON object, see
  -- docs/schema.md. A process that does not know one of the members leaves the row to another. The checksum
  -- covers it. Most functions have none.
  options       TEXT CHECK (options IS NULL OR (length(options) <= 1000 AND json_valid(options))),
  -- 1 if it ends a child that its job has started: it runs before the job's other functions.
  runs_first    INTEGER CHECK (runs_first = 1),
  -- 1 if its job had it run while the job was open.
  ran_early     INTEGER CHECK (ran_early = 1),
  state         TEXT    NOT NULL DEFAULT 'deferred'
                CHECK (state = 'deferred' OR state = 'running' OR state = 'retry_wait' OR state = 'done' OR state = 'cancelled' OR state = 'quarantined' OR state = 'discarded'),
  attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND max_attempts),
  max_attempts  INTEGER NOT NULL CHECK (max_attempts >= 1),
  not_before    INTEGER,
  last_error    TEXT CHECK (length(last_error) <= 4096),
  registered_at INTEGER NOT NULL,
  started_at    INTEGER,
  finished_at   INTEGER,
  output        TEXT CHECK (length(output) <= 4096),
  -- The numbers of the changes by which it began an attempt again, and finished; see the view change.
  begun_no      INTEGER,
  finished_no   INTEGER,
  CHECK ((state = 'retry_wait') = (not_before IS NOT NULL)),
  CHECK ((state = 'running' OR state = 'done') = (started_at IS NOT NULL)),
  CHECK ((state = 'deferred' OR state = 'running' OR state = 'retry_wait') = (finished_at IS NULL)),
  CHECK ((finished_at IS NULL) = (finished_no IS NULL))
) STRICT;

CREATE INDEX function_unfinished ON deferred_function (owner_id, job_id, id)
  WHERE finished_at IS NULL;  -- what is to be run or claimed, by owner and job
CREATE INDEX function_runs_first ON deferred_function (owner_id, job_id, id)
  WHERE runs_first = 1 AND finished_at IS NULL;  -- what ends the children of a job
CREATE INDEX function_retry ON deferred_function (owner_id, not_before, job_id)
  WHERE state = 'retry_wait';  -- retries that are due, by owner
CREATE INDEX function_quarantined ON deferred_function (id)
  WHERE state = 'quarantined';  -- what waits for a person
CREATE INDEX function_finished ON deferred_function (finished_no)
  WHERE finished_no IS NOT NULL;  -- what may be pruned, first to finish first; change, change_event
CREATE INDEX function_begun_again ON deferred_function (begun_no)
  WHERE begun_no IS NOT NULL;  -- change, change_event
-- For Inspector.status(), which counts a million finished rows in a moment.
CREATE INDEX function_given_up ON deferred_function (state) WHERE state IN ('cancelled', 'discarded');
CREATE INDEX function_of_job ON deferred_function (job_id);  -- whether a job has a function left

-- Without an open owner no process would ever look for the row, and without its code none could run it. Ids
-- have no gaps, so what is missing has been pruned. In this trigger an id that is left out reads as -1.
CREATE TRIGGER function_begins_well
BEFORE INSERT ON deferred_function
BEGIN
  SELECT CASE
    WHEN NEW.state <> 'deferred' OR NEW.attempts <> 0 OR NEW.claim_no <> 0 OR NEW.claim_id IS NOT NULL
    THEN RAISE(ABORT, 'lastly: a function starts as deferred, with no attempt and no claim; how to register one: docs/protocol.md, or lastly defer')
    WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                     AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
    THEN RAISE(ABORT, 'lastly: the owner has ended, or has another pid or boot id; open a new manager (docs/protocol.md: register an owner)')
    WHEN NOT EXISTS (SELECT 1 FROM code WHERE id = NEW.code_id)
    THEN RAISE(ABORT, 'lastly: there is no row in code with this id; insert that first (docs/protocol.md: registering a command)')
    WHEN NEW.id <> -1
     AND NEW.id <> ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) + 1
    THEN RAISE(ABORT, 'lastly: ids of functions are given one by one; leave the id out (docs/protocol.md: registering a command)')
  END;
END;

-- P2 in the database itself: no row leaves an owner that has not ended, but on the way back. A process that
-- has claimed a function and finds that it cannot run it faithfully (P9) gives it back to the ended owner from
-- which it took it: there another process finds it. The body decides that, so that a claim costs nothing more.
CREATE TRIGGER function_changes_owner_by_claim
BEFORE UPDATE OF owner_id, owner_pid, owner_boot_id, claim_no, claim_id ON deferred_function
WHEN (NEW.owner_id <> OLD.owner_id OR NEW.claim_no <> OLD.claim_no OR NEW.claim_id IS NOT OLD.claim_id
      OR NEW.owner_pid <> OLD.owner_pid OR NEW.owner_boot_id <> OLD.owner_boot_id)
 AND NOT (NEW.owner_id <> OLD.owner_id AND NEW.claim_no = OLD.claim_no + 1 AND NEW.state = 'running'
      AND EXISTS (SELECT 1 FROM claim WHERE id = NEW.claim_id AND job_id = OLD.job_id AND to_owner = NEW.owner_id
                  AND from_owner = OLD.owner_id AND earlier IS OLD.claim_id)
      AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      AND EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                  AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id))
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      OR EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL)
    THEN RAISE(ABORT, 'lastly: a function changes owner only by a claim that also begins it, from an owner that has ended to one that is open: lastly reap; if you know that owner N is dead: lastly reap --owner N --force --reason TEXT')
    WHEN NOT (NEW.claim_no = OLD.claim_no + 1
          AND (OLD.state = 'running' OR OLD.state = 'retry_wait') AND NEW.state = 'retry_wait'
          AND EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id
                      AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
          AND EXISTS (SELECT 1 FROM claim WHERE id = OLD.claim_id
                      AND from_owner = NEW.owner_id AND to_owner = OLD.owner_id)
          AND EXISTS (SELECT 1 FROM claim WHERE id = NEW.claim_id AND verdict = 'RELEASED' AND earlier = OLD.claim_id
                      AND from_owner = OLD.owner_id AND to_owner = NEW.owner_id))
    THEN RAISE(ABORT, 'lastly: a function is given back only to the ended owner from which its owner has claimed it, as retry_wait, with one more in claim_no (docs/protocol.md: giving back)')
  END;
  -- Else no process would look there any more.
  UPDATE owner SET left_orphans = 1 WHERE id = NEW.owner_id;
END;

CREATE TRIGGER function_call_is_fixed
BEFORE UPDATE OF id, job_id, code_id, arguments, checksum, options, runs_first, registered_at ON deferred_function
BEGIN SELECT RAISE(ABORT, 'lastly: what a function calls never changes, nor does its checksum; defer another, and withdraw this one: lastly cancel ID, or if it is quarantined: lastly discard ID --reason TEXT'); END;

-- The table of states, in one trigger. Its condition is evaluated for each row that changes, so the legal
-- moves come first: it is decided after a few comparisons. What only a person may do is decided in the
-- body: retry or discard what is quarantined, and quarantine an orphan that no process can run.
CREATE TRIGGER function_changes_legally
BEFORE UPDATE ON deferred_function
WHEN NOT CASE OLD.state
  WHEN 'running' THEN NEW.attempts = OLD.attempts
    AND (NEW.state = 'done' OR NEW.state = 'retry_wait' OR NEW.state = 'quarantined' OR NEW.state = 'running')
  WHEN 'deferred' THEN
    CASE NEW.attempts - OLD.attempts
      WHEN 1 THEN NEW.state = 'running'
      WHEN 0 THEN NEW.state = 'deferred' OR NEW.state = 'cancelled' OR NEW.state = 'retry_wait' ELSE 0 END
  WHEN 'retry_wait' THEN
    CASE NEW.attempts - OLD.attempts
      WHEN 1 THEN NEW.state = 'running'
      WHEN 0 THEN NEW.state = 'retry_wait' ELSE 0 END
  ELSE 0 END
  OR (NEW.finished_at IS NULL) <> (NEW.finished_no IS NULL)
BEGIN
  SELECT CASE
    WHEN OLD.state IN ('done', 'cancelled', 'discarded') AND NEW.state = OLD.state
    THEN RAISE(ABORT, 'lastly: this function is finished, its row no longer changes; if it must run again, defer it again')
    WHEN OLD.state IN ('done', 'cancelled', 'discarded')
    THEN RAISE(ABORT, 'lastly: illegal change of state; this function is finished; if it must run again, defer it again')
    WHEN NEW.attempts <> OLD.attempts AND NOT (NEW.attempts = OLD.attempts + 1 AND NEW.state = 'running')
    THEN RAISE(ABORT, 'lastly: attempts are counted one by one, when a run starts; to give a quarantined function more of them: lastly retry ID')
    WHEN OLD.state IN ('deferred', 'retry_wait') AND NEW.state = 'quarantined'
    THEN CASE
      WHEN OLD.attempts < OLD.max_attempts AND NOT EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      THEN RAISE(ABORT, 'lastly: illegal change of state; only an orphan is quarantined by a person, and this function has an owner; before it has started: lastly cancel ID; if you know that owner N is dead: lastly reap --owner N --force --reason TEXT')
      WHEN OLD.attempts < OLD.max_attempts AND NOT EXISTS (SELECT 1 FROM operator_action WHERE function_id = OLD.id AND action = 'quarantine')
      THEN RAISE(ABORT, 'lastly: illegal change of state; to quarantine an orphan that no process can run, say who and why first: INSERT INTO operator_action, with quarantine as the action')
    END
    WHEN NEW.state <> OLD.state AND OLD.state = 'deferred' AND NEW.state <> 'cancelled' AND NEW.state <> 'retry_wait'
    THEN RAISE(ABORT, 'lastly: illegal change of state; a deferred function is withdrawn by: lastly cancel ID')
    WHEN NEW.state <> OLD.state AND OLD.state = 'running' AND NEW.state NOT IN ('done', 'retry_wait', 'quarantined')
    THEN RAISE(ABORT, 'lastly: illegal change of state; its owner is running this function, or has died over it: lastly reap')
    WHEN NEW.state <> OLD.state AND OLD.state = 'retry_wait'
    THEN RAISE(ABORT, 'lastly: illegal change of state; this function waits for its next attempt, and can be given up when it is quarantined: lastly discard ID --reason TEXT')
    WHEN OLD.state = 'quarantined' AND NEW.state NOT IN ('quarantined', 'retry_wait', 'discarded')
    THEN RAISE(ABORT, 'lastly: illegal change of state; a quarantined function is tried again by: lastly retry ID, and given up by: lastly discard ID --reason TEXT')
    WHEN OLD.state = 'quarantined' AND NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM operator_action WHERE function_id = OLD.id)
    THEN RAISE(ABORT, 'lastly: say who and why first, in operator_action, or use: lastly retry ID, lastly discard ID --reason TEXT')
    WHEN OLD.state = 'quarantined' AND NEW.state = 'retry_wait' AND NEW.finished_at IS NOT NULL
    THEN RAISE(ABORT, 'lastly: a function that is tried again is unfinished: set finished_at and finished_no to NULL, too, or use: lastly retry ID')
    WHEN (NEW.finished_at IS NULL) <> (NEW.finished_no IS NULL)
      OR (OLD.state = 'quarantined' AND NEW.state = 'discarded' AND NEW.finished_no <> (SELECT last + 1 FROM change))
    THEN RAISE(ABORT, 'lastly: a function that finishes is given the next number of a change, too: finished_no = (SELECT last + 1 FROM change); or use: lastly cancel ID, lastly discard ID --reason TEXT')
  END;
  -- A retry by an operator makes an orphan again of what a dead owner's quarantine held.
  UPDATE owner SET left_orphans = 1
  WHERE NEW.state = 'retry_wait' AND id = NEW.owner_id AND closed_at IS NOT NULL;
END;

CREATE TRIGGER function_is_never_lost
BEFORE DELETE ON deferred_function WHEN OLD.state NOT IN ('done', 'cancelled', 'discarded')
BEGIN
  SELECT CASE OLD.state
    WHEN 'deferred' THEN RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; withdraw it: lastly cancel ID')
    WHEN 'quarantined' THEN RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; give it up, with a reason: lastly discard ID --reason TEXT')
    ELSE RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; have it run: lastly reap')
  END;
END;

CREATE TRIGGER function_goes_by_prune
BEFORE DELETE ON deferred_function
WHEN OLD.state IN ('done', 'cancelled', 'discarded')
BEGIN
  SELECT CASE
    WHEN NOT EXISTS (SELECT 1 FROM prune_ticket)
    THEN RAISE(ABORT, 'lastly: a finished function is not removed by DELETE but by: lastly prune, or by the workers when it is old; see finishedRetention')
    WHEN EXISTS (SELECT 1 FROM prune_ticket WHERE OLD.finished_no > finished_no)
    THEN RAISE(ABORT, 'lastly: this function finished too recently to be pruned; it goes later: lastly prune')
  END;
END;

CREATE TRIGGER function_takes_its_history
AFTER DELETE ON deferred_function
BEGIN
  DELETE FROM attempt WHERE function_id = OLD.id;
  DELETE FROM unresolvable_function
  WHERE function = ifnull((SELECT function FROM code WHERE id = OLD.code_id), '')
    AND class_digest = ifnull((SELECT class_digest FROM code WHERE id = OLD.code_id), '')
    AND function_id = OLD.id;
  UPDATE pruned SET functions = functions + 1;
  UPDATE job SET pruned = pruned + 1 WHERE id = OLD.job_id;
  DELETE FROM job
  WHERE id = OLD.job_id
    AND NOT EXISTS (SELECT 1 FROM deferred_function WHERE job_id = OLD.job_id)
    AND (closed_at IS NOT NULL OR EXISTS (SELECT 1 FROM owner WHERE id = job.opened_by AND closed_at IS NOT NULL));
END;

-- Earlier attempts -------------------------------------------------------------------------------

-- One row for each execution after which its function was not done; the view function_attempt shows these and
-- the ones in deferred_function alike. An execution that ended as 'unresolvable', because its process could
-- not do it faithfully, or as 'asked_again', because the function itself said "not yet", uses up no attempt:
-- max_attempts grows by one.
CREATE TABLE attempt (
  function_id INTEGER NOT NULL REFERENCES deferred_function (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 1),
  owner_id    INTEGER NOT NULL REFERENCES owner (id),
  started_at  INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  outcome     TEXT    NOT NULL CHECK (outcome = 'threw' OR outcome = 'timed_out' OR outcome = 'undecodable' OR outcome = 'crashed' OR outcome = 'unresolvable' OR outcome = 'asked_again'),
  error       TEXT CHECK (length(error) <= 4096),
  -- What became of the function: 1 if this attempt was the one that quarantined it.
  quarantined INTEGER NOT NULL CHECK (quarantined IN (0, 1)),
  begun_no    INTEGER,  -- none for a first attempt
  ended_no    INTEGER NOT NULL,
  PRIMARY KEY (function_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_begun_no ON attempt (begun_no) WHERE begun_no IS NOT NULL;  -- change_event
CREATE INDEX attempt_ended_no ON attempt (ended_no);  -- change, change_event

CREATE TRIGGER attempt_is_new
BEFORE INSERT ON attempt
WHEN NOT EXISTS (SELECT 1 FROM deferred_function
                 WHERE id = NEW.function_id AND state = 'running' AND attempts = NEW.number AND owner_id = NEW.owner_id)
  OR EXISTS (SELECT 1 FROM attempt WHERE function_id = NEW.function_id AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'lastly: only the attempt that is under way can fail, once (docs/protocol.md: recording how it ended)'); END;

CREATE TRIGGER attempt_is_fixed
BEFORE UPDATE ON attempt
BEGIN SELECT RAISE(ABORT, 'lastly: an attempt that has ended is history and never changes; for another one: lastly retry ID'); END;

CREATE TRIGGER attempt_is_kept
BEFORE DELETE ON attempt WHEN EXISTS (SELECT 1 FROM deferred_function WHERE id = OLD.function_id)
BEGIN SELECT RAISE(ABORT, 'lastly: attempts are history; they go only with their function: lastly prune'); END;

-- Claims -----------------------------------------------------------------------------------------

-- One row for each change of owner of functions of one job. With DEAD and FORCED, from_owner had ended, and the
-- evidence is what proved it; the same transaction began the functions. With RELEASED, from_owner could not run
-- what it had claimed and gave it back to to_owner, which had ended; the evidence is the reason.
CREATE TABLE claim (
  id         INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  job_id     INTEGER NOT NULL REFERENCES job (id),
  from_owner INTEGER NOT NULL REFERENCES owner (id),
  to_owner   INTEGER NOT NULL REFERENCES owner (id) CHECK (to_owner <> from_owner),
  claimed_at INTEGER NOT NULL,
  verdict    TEXT    NOT NULL CHECK (verdict = 'DEAD' OR verdict = 'FORCED' OR verdict = 'RELEASED'),
  evidence   TEXT    NOT NULL CHECK (length(evidence) <= 20000),
  rows       INTEGER NOT NULL CHECK (rows >= 1),
  -- By which claim from_owner had got these functions; none if it had registered them.
  earlier    INTEGER REFERENCES claim (id),
  change_no  INTEGER NOT NULL
) STRICT;

CREATE INDEX claim_of_job ON claim (job_id);  -- which owner last claimed from a job; what goes with a job
CREATE INDEX claim_from_owner ON claim (from_owner);  -- claims of an owner
CREATE INDEX claim_to_owner ON claim (to_owner);  -- claims of an owner
CREATE INDEX claim_change_no ON claim (change_no);  -- change, change_event

CREATE TRIGGER claim_is_new
BEFORE INSERT ON claim WHEN EXISTS (SELECT 1 FROM claim WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history and are never replaced; leave the id out'); END;

CREATE TRIGGER claim_is_fixed BEFORE UPDATE ON claim
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history and never change; to add a remark: INSERT INTO operator_action'); END;

CREATE TRIGGER claim_is_kept
BEFORE DELETE ON claim
WHEN EXISTS (SELECT 1 FROM job WHERE id = OLD.job_id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their job: lastly prune'); END;

CREATE TRIGGER claim_is_counted
AFTER DELETE ON claim
BEGIN UPDATE pruned SET claims = claims + 1; END;

-- Unresolvable functions -------------------------------------------------------------------------

-- What some process could not call, and why; the views of unfinished functions show it. A row with
-- function_id 0 is about all functions that call this code; any other is about that one alone, for instance
-- because of its arguments.
CREATE TABLE unresolvable_function (
  function     TEXT    NOT NULL CHECK (length(function) <= 4097),
  class_digest TEXT    NOT NULL DEFAULT '' CHECK (length(class_digest) <= 129),
  function_id  INTEGER NOT NULL DEFAULT 0 CHECK (function_id >= 0),
  reason       TEXT    NOT NULL CHECK (length(reason) <= 4096),
  reported_by  INTEGER NOT NULL REFERENCES owner (id),
  reported_at  INTEGER NOT NULL,
  PRIMARY KEY (function, class_digest, function_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX unresolvable_reported_by ON unresolvable_function (reported_by);  -- what an owner has reported

-- Acts of people ---------------------------------------------------------------------------------

-- A person's act has a name and a reason, by a command as well as at a prompt.
CREATE TABLE operator_action (
  id          INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
  acted_at    INTEGER NOT NULL,
  os_user     TEXT    NOT NULL CHECK (length(os_user) <= 1000),
  action      TEXT    NOT NULL CHECK (length(action) <= 100),
  function_id INTEGER,
  owner_id    INTEGER,
  reason      TEXT    NOT NULL CHECK (length(reason) <= 4096),
  change_no   INTEGER  -- a person at a prompt leaves it out, and the trigger operator_acts sets it
) STRICT;

CREATE INDEX operator_action_no ON operator_action (change_no);  -- change, change_event

-- For function_changes_legally.
CREATE INDEX operator_action_function ON operator_action (function_id) WHERE function_id IS NOT NULL;

CREATE TRIGGER operator_action_is_new
BEFORE INSERT ON operator_action WHEN EXISTS (SELECT 1 FROM operator_action WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'lastly: what people did is history and is never replaced; leave the id out'); END;

CREATE TRIGGER operator_acts
AFTER INSERT ON operator_action WHEN NEW.change_no IS NULL
BEGIN UPDATE operator_action SET change_no = (SELECT last + 1 FROM change) WHERE id = NEW.id; END;

CREATE TRIGGER operator_action_is_fixed
BEFORE UPDATE ON operator_action
WHEN OLD.change_no IS NOT NULL OR NEW.id <> OLD.id OR NEW.acted_at <> OLD.acted_at OR NEW.os_user <> OLD.os_user
  OR NEW.action <> OLD.action OR NEW.function_id IS NOT OLD.function_id OR NEW.owner_id IS NOT OLD.owner_id
  OR NEW.reason <> OLD.reason
BEGIN SELECT RAISE(ABORT, 'lastly: what people did is history; to correct it: INSERT INTO operator_action'); END;

CREATE TRIGGER operator_action_is_kept BEFORE DELETE ON operator_action
BEGIN SELECT RAISE(ABORT, 'lastly: what people did is history and is never deleted; to correct it: INSERT INTO operator_action'); END;

-- Pruning ----------------------------------------------------------------------------------------

-- What was pruned, in sums: with them no row can be missing unnoticed, because ids have no gaps.
CREATE TABLE pruned (
  id             INTEGER PRIMARY KEY CHECK (id = 1),
  functions      INTEGER NOT NULL CHECK (functions >= 0),
  jobs           INTEGER NOT NULL CHECK (jobs >= 0),
  claims         INTEGER NOT NULL CHECK (claims >= 0),
  owners         INTEGER NOT NULL CHECK (owners >= 0),
  finished_up_to INTEGER,
  pruned_at      INTEGER,
  pruned_by      INTEGER,
  change_no      INTEGER NOT NULL
) STRICT;

INSERT INTO pruned (id, functions, jobs, claims, owners, change_no) VALUES (1, 0, 0, 0, 0, 0);

CREATE TRIGGER pruned_is_one_row
BEFORE INSERT ON pruned
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

CREATE TRIGGER pruned_only_grows
BEFORE UPDATE ON pruned
WHEN NEW.functions < OLD.functions OR NEW.jobs < OLD.jobs OR NEW.claims < OLD.claims OR NEW.owners < OLD.owners
  OR NEW.change_no < OLD.change_no
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

CREATE TRIGGER pruned_is_kept
BEFORE DELETE ON pruned
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

-- There from the beginning to the end of a transaction that prunes, and in no committed state. What finished
-- after the change with this number is not to be removed by that transaction, nor owners that ended later
-- than finished_at.
CREATE TABLE prune_ticket (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  owner_id    INTEGER NOT NULL REFERENCES owner (id),
  finished_at INTEGER NOT NULL,
  finished_no INTEGER NOT NULL
) STRICT;

CREATE TRIGGER prune_ticket_of_an_open_owner
BEFORE INSERT ON prune_ticket
WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'lastly: only an open manager prunes: lastly prune'); END;

-- So that the number of a change is never given again, although the row that had it goes.
CREATE TRIGGER prune_ticket_is_a_change
AFTER INSERT ON prune_ticket
BEGIN UPDATE pruned SET change_no = (SELECT last + 1 FROM change); END;

-- The clock --------------------------------------------------------------------------------------

-- What the clocks of the node showed when a process last looked. The time since the boot does not step, so a
-- process that starts while the wall clock is wrong sees that here, and prunes nothing by its age.
CREATE TABLE clock_reading (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  boot_id   TEXT    NOT NULL,
  wall_ms   INTEGER NOT NULL,
  boot_ms   INTEGER NOT NULL,
  steady_ms INTEGER
) STRICT;

-- Changes ----------------------------------------------------------------------------------------

-- What happened is told by the rows themselves. All that happens but registrations and first begins is given a
-- number, by the transaction that writes it and in the order of the commits, because that holds the write lock;
-- what one statement changes has one number. This is the last one that was given. It costs a look at the end of
-- each of these indexes, and no write.
CREATE VIEW change AS
SELECT max(ifnull((SELECT max(finished_no) FROM deferred_function WHERE finished_no IS NOT NULL), 0),
           ifnull((SELECT max(begun_no) FROM deferred_function WHERE begun_no IS NOT NULL), 0),
           ifnull((SELECT max(ended_no) FROM attempt), 0),
           ifnull((SELECT max(change_no) FROM claim), 0),
           ifnull((SELECT max(change_no) FROM operator_action), 0),
           ifnull((SELECT max(opened_no) FROM owner), 0),
           ifnull((SELECT max(ended_no) FROM owner WHERE ended_no IS NOT NULL), 0),
           (SELECT change_no FROM pruned)) AS last;

-- The store --------------------------------------------------------------------------------------

-- Which store this is, in one row, made once. The file "witness" beside the database names it, too, and says how
-- far the database must reach: a database cannot tell itself that its last rows are missing.
CREATE TABLE store (
  id TEXT NOT NULL CHECK (length(id) = 32)
) STRICT;

INSERT INTO store (id) VALUES (lower(hex(randomblob(16))));

CREATE TRIGGER store_is_one
BEFORE INSERT ON store
BEGIN SELECT RAISE(ABORT, 'lastly: a database is one store; to begin another store, open a new manager with another state directory'); END;

CREATE TRIGGER store_is_fixed
BEFORE UPDATE ON store
BEGIN SELECT RAISE(ABORT, 'lastly: which store this is never changes; to begin another store, open a new manager with another state directory'); END;

CREATE TRIGGER store_is_kept
BEFORE DELETE ON store
BEGIN SELECT RAISE(ABORT, 'lastly: which store this is never changes; to begin another store, open a new manager with another state directory'); END;

-- Views: a stable contract -----------------------------------------------------------------------

-- Every function, with what it calls.
CREATE VIEW function_call AS
SELECT f.id, code.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       code.function, code.class_digest, code.origin AS module, f.arguments, f.options, f.attempts, f.max_attempts,
       f.last_error, f.output,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.finished_at / 1000.0, 'unixepoch') AS finished
FROM deferred_function f
LEFT JOIN code ON code.id = f.code_id
LEFT JOIN job j ON j.id = f.job_id;

-- Every unfinished function. Why a process could not run it: of an orphan, what was said of the row, else of
-- its code; of a function whose owner lives, what that owner says now.
CREATE VIEW pending_function AS
SELECT f.id, code.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       code.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       CASE WHEN o.closed_at IS NOT NULL THEN ifnull(r.reason, c.reason)
            WHEN f.last_error = r.reason THEN r.reason END AS unresolvable,
       f.last_error, o.doubt AS owner_doubt
FROM deferred_function f
JOIN job j ON j.id = f.job_id
JOIN owner o ON o.id = f.owner_id
LEFT JOIN code ON code.id = f.code_id
LEFT JOIN unresolvable_function r
  ON r.function = ifnull(code.function, '') AND r.class_digest = ifnull(code.class_digest, '') AND r.function_id = f.id
LEFT JOIN unresolvable_function c
  ON c.function = ifnull(code.function, '') AND c.class_digest = ifnull(code.class_digest, '') AND c.function_id = 0
WHERE f.finished_at IS NULL;

-- Rows whose owner is known to have ended. An owner that has died is known from the first reap on.
CREATE VIEW orphaned_function AS
SELECT f.id, code.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       o.end_reason AS owner_end, o.evidence AS owner_evidence,
       strftime('%Y-%m-%dT%H:%M:%fZ', o.closed_at / 1000.0, 'unixepoch') AS orphaned,
       code.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       ifnull(r.reason, c.reason) AS unresolvable, f.last_error
FROM deferred_function f
JOIN owner o ON o.id = f.owner_id
JOIN job j ON j.id = f.job_id
LEFT JOIN code ON code.id = f.code_id
LEFT JOIN unresolvable_function r
  ON r.function = ifnull(code.function, '') AND r.class_digest = ifnull(code.class_digest, '') AND r.function_id = f.id
LEFT JOIN unresolvable_function c
  ON c.function = ifnull(code.function, '') AND c.class_digest = ifnull(code.class_digest, '') AND c.function_id = 0
WHERE f.finished_at IS NULL AND o.closed_at IS NOT NULL;

-- Since its last attempt, or since a person quarantined it.
CREATE VIEW quarantined_function AS
SELECT f.id, code.name, j.name AS job, f.job_id, f.owner_id, code.function, f.arguments,
       f.attempts, f.max_attempts, f.last_error,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.finished_at / 1000.0, 'unixepoch') AS quarantined
FROM deferred_function f
JOIN job j ON j.id = f.job_id
LEFT JOIN code ON code.id = f.code_id
WHERE f.state = 'quarantined';

-- Every attempt, one row each: those that failed, and the one in the row of its function.
CREATE VIEW function_attempt AS
SELECT function_id, number, owner_id, started_at, finished_at, outcome, error, NULL AS output
FROM attempt
UNION ALL
SELECT id, attempts, owner_id, started_at, finished_at, CASE state WHEN 'done' THEN 'returned' END, NULL, output
FROM deferred_function WHERE started_at IS NOT NULL;

-- Every change of owner of every function: backwards along the claims, from the one that its row names. The
-- number of a claim is that of the claims up to it. Of one function, it reads the claims of that one only.
CREATE VIEW function_claim AS
SELECT f.id AS function_id,
       (WITH RECURSIVE up (id) AS (
          SELECT k.id UNION SELECT e.earlier FROM up JOIN claim e ON e.id = up.id WHERE e.earlier IS NOT NULL)
        SELECT count(*) FROM up) AS claim_no,
       k.id AS claim_id, k.from_owner, k.to_owner, k.claimed_at, k.verdict, k.evidence
FROM deferred_function f CROSS JOIN claim k
WHERE k.id IN (
  WITH RECURSIVE up (id) AS (
    SELECT f.claim_id UNION SELECT e.earlier FROM up JOIN claim e ON e.id = up.id WHERE e.earlier IS NOT NULL)
  SELECT id FROM up);

-- One line for each thing that happened to a function, in order of time.
CREATE VIEW function_history AS
SELECT f.id AS function_id, code.name, f.registered_at AS at_ms, 'registered' AS event, j.opened_by AS owner_id,
       NULL AS attempt, NULL AS detail
FROM deferred_function f JOIN job j ON j.id = f.job_id LEFT JOIN code ON code.id = f.code_id
UNION ALL
SELECT f.id, code.name, c.claimed_at, CASE c.verdict WHEN 'RELEASED' THEN 'released' ELSE 'claimed' END,
       CASE c.verdict WHEN 'RELEASED' THEN c.from_owner ELSE c.to_owner END, NULL,
       CASE c.verdict WHEN 'RELEASED' THEN 'to owner ' || c.to_owner ELSE 'from owner ' || c.from_owner END
         || ': ' || c.evidence
FROM deferred_function f JOIN function_claim c ON c.function_id = f.id LEFT JOIN code ON code.id = f.code_id
UNION ALL
SELECT f.id, code.name, a.started_at, 'started', a.owner_id, a.number, NULL
FROM deferred_function f JOIN function_attempt a ON a.function_id = f.id LEFT JOIN code ON code.id = f.code_id
UNION ALL
SELECT f.id, code.name, a.finished_at, a.outcome, a.owner_id, a.number, ifnull(a.error, a.output)
FROM deferred_function f JOIN function_attempt a ON a.function_id = f.id LEFT JOIN code ON code.id = f.code_id
WHERE a.finished_at IS NOT NULL
UNION ALL
SELECT f.id, code.name, f.finished_at, f.state, f.owner_id, NULL, NULL
FROM deferred_function f LEFT JOIN code ON code.id = f.code_id WHERE f.state = 'cancelled'
UNION ALL
SELECT f.id, code.name, p.acted_at, p.action, NULL, NULL, p.os_user || ': ' || p.reason
FROM deferred_function f JOIN operator_action p ON p.function_id = f.id LEFT JOIN code ON code.id = f.code_id;

CREATE VIEW owner_timeline AS
SELECT o.id, o.label, o.pid, o.boot_id, o.pid_namespace, o.uid, o.host,
       strftime('%Y-%m-%dT%H:%M:%fZ', o.opened_at / 1000.0, 'unixepoch') AS opened,
       strftime('%Y-%m-%dT%H:%M:%fZ', o.closed_at / 1000.0, 'unixepoch') AS ended,
       o.end_reason, o.ended_by, o.evidence, o.doubt,
       (SELECT count(*) FROM job j WHERE j.opened_by = o.id) AS jobs_opened,
       (SELECT ifnull(sum(c.rows), 0) FROM claim c
        WHERE c.to_owner = o.id AND c.verdict <> 'RELEASED') AS functions_claimed,
       (SELECT ifnull(sum(c.rows), 0) FROM claim c
        WHERE c.from_owner = o.id AND c.verdict = 'RELEASED') AS functions_released,
       (SELECT ifnull(sum(c.rows), 0) FROM claim c
        WHERE c.from_owner = o.id AND c.verdict <> 'RELEASED') AS functions_lost
FROM owner o;

-- All that happened but registrations, with the number of its change.
CREATE VIEW change_event AS
SELECT f.finished_no AS change_no, f.finished_at AS at_ms, f.state AS kind, f.id AS function_id,
       f.job_id, f.owner_id, CASE f.state WHEN 'done' THEN f.attempts END AS attempt,
       CASE f.state WHEN 'done' THEN 'returned' END AS outcome, code.name AS subject, f.output AS detail
FROM deferred_function f LEFT JOIN code ON code.id = f.code_id
WHERE f.finished_no IS NOT NULL AND f.state <> 'quarantined'
UNION ALL
SELECT f.begun_no, f.started_at, 'started', f.id, f.job_id, f.owner_id, f.attempts, NULL, code.name, NULL
FROM deferred_function f LEFT JOIN code ON code.id = f.code_id WHERE f.begun_no IS NOT NULL
UNION ALL
SELECT a.begun_no, a.started_at, 'started', a.function_id, f.job_id, a.owner_id, a.number, NULL, code.name, NULL
FROM attempt a JOIN deferred_function f ON f.id = a.function_id LEFT JOIN code ON code.id = f.code_id
WHERE a.begun_no IS NOT NULL
UNION ALL
SELECT a.ended_no, a.finished_at, CASE a.quarantined WHEN 1 THEN 'quarantined' ELSE 'failed' END,
       a.function_id, f.job_id, a.owner_id, a.number, a.outcome, code.name,
       substr(a.error, 1, instr(a.error || char(10), char(10)) - 1)
FROM attempt a JOIN deferred_function f ON f.id = a.function_id LEFT JOIN code ON code.id = f.code_id
UNION ALL
SELECT c.change_no, c.claimed_at, CASE c.verdict WHEN 'RELEASED' THEN 'released' ELSE 'claimed' END, NULL,
       c.job_id, CASE c.verdict WHEN 'RELEASED' THEN c.from_owner ELSE c.to_owner END, NULL, NULL, '',
       c.rows || CASE c.verdict WHEN 'RELEASED' THEN ' to owner ' || c.to_owner ELSE ' of owner ' || c.from_owner END
         || ': ' || c.evidence
FROM claim c
UNION ALL
SELECT p.change_no, p.acted_at, 'operator', p.function_id, f.job_id, p.owner_id, NULL, NULL, ifnull(code.name, ''),
       p.os_user || ': ' || p.action || ': ' || p.reason
FROM operator_action p LEFT JOIN deferred_function f ON f.id = p.function_id LEFT JOIN code ON code.id = f.code_id
UNION ALL
SELECT o.opened_no, o.opened_at, 'owner_opened', NULL, NULL, o.id, NULL, NULL, o.label,
       'process ' || o.pid || ' on ' || o.host
FROM owner o
UNION ALL
SELECT o.ended_no, o.closed_at, 'owner_ended', NULL, NULL, o.id, NULL, NULL, o.label,
       o.end_reason || ifnull(': ' || o.evidence, '')
FROM owner o WHERE o.ended_no IS NOT NULL
UNION ALL
SELECT change_no, pruned_at, 'pruned', NULL, NULL, pruned_by, NULL, NULL, '', functions || ' functions so far'
FROM pruned WHERE pruned_at IS NOT NULL;

-- Everything, in order of time. It reads all of it; to follow what happens, ask change_event for numbers, and
-- deferred_function for ids, above the last ones seen: both grow in the order of the commits.
CREATE VIEW event_feed AS
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, at_ms, change_no, kind,
       function_id, job_id, owner_id, attempt, outcome, subject, detail
FROM change_event
UNION ALL
SELECT strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch'), f.registered_at, NULL,
       'registered', f.id, f.job_id, j.opened_by, NULL, NULL, code.name, NULL
FROM deferred_function f JOIN job j ON j.id = f.job_id LEFT JOIN code ON code.id = f.code_id;
