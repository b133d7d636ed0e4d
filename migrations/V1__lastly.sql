-- The schema of Lastly, from top to bottom: each table with its indexes and its guards, then the views.
-- docs/schema.md describes every column; docs/auditing.md says what to ask.
--
-- Times are milliseconds since 1970-01-01 UTC; the views show them as text. Tables are STRICT, and no
-- function is newer than SQLite 3.38, so that the sqlite3 program of an old distribution can read them.
--
-- Guards are triggers, not foreign keys: those are off at a sqlite3 prompt. Each refusal begins with
-- "lastly: " and names the command, or the statement, by which it is done properly, because a person at
-- a prompt will read it. The texts are literals, one for each case: before SQLite 3.47, RAISE takes no
-- expression.
--
-- What SQLite evaluates each time a function is written is cheap on purpose (docs/design-decisions.md). It
-- runs each trigger as a program of its own for each row, whether its WHEN holds or not, so there are few.
-- It builds a table for each IN of more than two values, also for that of a CHECK or of a partial index, so
-- those are comparisons joined by OR. A partial index serves only a query that repeats its condition.

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
  boot_id       TEXT    NOT NULL,
  pid_namespace TEXT    NOT NULL,
  uid           INTEGER NOT NULL,
  host          TEXT    NOT NULL,
  lock_inode    INTEGER NOT NULL,
  label         TEXT    NOT NULL DEFAULT '',
  opened_at     INTEGER NOT NULL,
  closed_at     INTEGER,
  end_reason    TEXT CHECK (end_reason IN ('closed', 'shutdown', 'died', 'forced')),
  ended_by      INTEGER REFERENCES owner (id),
  evidence      TEXT,
  -- Why nobody could tell whether it lives, when last looked at; NULL once somebody can.
  doubt         TEXT,
  -- The functions, a JSON array, whose rows this owner is looking at before a claim, while that runs code of
  -- the user's. Of an owner that died: the look has killed it, so the next process claims them without one,
  -- and the attempt is counted.
  looking_at    TEXT CHECK (looking_at IS NULL OR json_valid(looking_at)),
  -- 1 from its end until nothing that it left is unfinished; kept by triggers and claims, so that
  -- looking for orphans costs the same beside one live owner as beside a thousand.
  left_orphans  INTEGER NOT NULL DEFAULT 0 CHECK (left_orphans IN (0, 1)),
  CHECK (left_orphans = 0 OR closed_at IS NOT NULL),
  CHECK ((closed_at IS NULL) = (end_reason IS NULL)),
  CHECK ((end_reason IN ('died', 'forced')) = (evidence IS NOT NULL) OR end_reason IS NULL)
) STRICT;

CREATE INDEX owner_open ON owner (id) WHERE closed_at IS NULL;
CREATE INDEX owner_left_orphans ON owner (id) WHERE left_orphans = 1;
CREATE INDEX owner_ended ON owner (closed_at) WHERE closed_at IS NOT NULL AND left_orphans = 0;
CREATE INDEX owner_ended_by ON owner (ended_by) WHERE ended_by IS NOT NULL;
CREATE INDEX owner_died_looking ON owner (id) WHERE closed_at IS NOT NULL AND looking_at IS NOT NULL;

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
             WHERE owner_id = NEW.id AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait'))
BEGIN UPDATE owner SET left_orphans = 1 WHERE id = NEW.id; END;

CREATE TRIGGER owner_orphans_are_not_hidden
BEFORE UPDATE OF left_orphans ON owner
WHEN NEW.left_orphans = 0
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait'))
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

CREATE TABLE job (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT    NOT NULL,
  opened_by    INTEGER NOT NULL REFERENCES owner (id),
  opened_at    INTEGER NOT NULL,
  closed_at    INTEGER,
  pruned       INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0),
  pruned_moves INTEGER NOT NULL DEFAULT 0 CHECK (pruned_moves >= 0)
) STRICT;

CREATE INDEX job_opened_by ON job (opened_by);

CREATE TRIGGER job_is_fixed
BEFORE UPDATE OF id, name, opened_by, opened_at ON job
BEGIN SELECT RAISE(ABORT, 'lastly: which job it is, and who opened it, never changes; open another job'); END;

CREATE TRIGGER job_closes_once
BEFORE UPDATE OF closed_at ON job WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'lastly: this job has ended; a job ends once and is never reopened; open another job'); END;

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
  DELETE FROM claimed_job WHERE job_id = OLD.id;
END;

-- Modules ----------------------------------------------------------------------------------------

-- One row for each jar or directory, with its digest, that ever had a function registered. The text is
-- long, and the same for all functions of a program: a table of its own makes their rows smaller.
CREATE TABLE module (
  id     INTEGER PRIMARY KEY,
  origin TEXT NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER module_is_fixed
BEFORE UPDATE ON module
BEGIN SELECT RAISE(ABORT, 'lastly: where code came from is history and never changes; to add a remark: INSERT INTO operator_action'); END;

CREATE TRIGGER module_is_kept
BEFORE DELETE ON module
BEGIN SELECT RAISE(ABORT, 'lastly: where code came from is history and is kept, one row for each build; to add a remark: INSERT INTO operator_action'); END;

-- Deferred functions -----------------------------------------------------------------------------

CREATE TABLE deferred_function (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        INTEGER NOT NULL REFERENCES job (id),
  -- Pid and boot id of the owner are repeated here: an auditor reads them without a join.
  owner_id      INTEGER NOT NULL REFERENCES owner (id),
  owner_pid     INTEGER NOT NULL,
  owner_boot_id TEXT    NOT NULL,
  claim_no      INTEGER NOT NULL DEFAULT 0 CHECK (claim_no >= 0),
  name          TEXT    NOT NULL,
  function      TEXT    NOT NULL,
  class_digest  TEXT,
  module        INTEGER NOT NULL REFERENCES module (id),
  arguments     TEXT    NOT NULL CHECK (json_valid(arguments)),
  -- Of what is called. SQLite notices damage to its structures, not to a text within a row: with one bit
  -- flipped, an argument is another argument, and the wrong thing is cleaned up. NULL is not checked.
  checksum      INTEGER CHECK (checksum BETWEEN 0 AND 4294967295),
  state         TEXT    NOT NULL DEFAULT 'deferred'
                CHECK (state = 'deferred' OR state = 'running' OR state = 'retry_wait' OR state = 'done' OR state = 'cancelled' OR state = 'quarantined' OR state = 'discarded'),
  attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND max_attempts),
  max_attempts  INTEGER NOT NULL CHECK (max_attempts >= 1),
  not_before    INTEGER,
  last_error    TEXT,
  registered_at INTEGER NOT NULL,
  finished_at   INTEGER,
  CHECK ((state = 'retry_wait') = (not_before IS NOT NULL)),
  CHECK ((state = 'done' OR state = 'cancelled' OR state = 'discarded') = (finished_at IS NOT NULL))
) STRICT;

CREATE INDEX function_unfinished ON deferred_function (owner_id, job_id, id)
  WHERE state = 'deferred' OR state = 'running' OR state = 'retry_wait';
CREATE INDEX function_retry ON deferred_function (owner_id, not_before, job_id)
  WHERE state = 'retry_wait';
CREATE INDEX function_quarantined ON deferred_function (id)
  WHERE state = 'quarantined';
CREATE INDEX function_finished ON deferred_function (finished_at)
  WHERE state = 'done' OR state = 'cancelled' OR state = 'discarded';
-- For Inspector.status(), which counts a million finished rows in a moment.
CREATE INDEX function_given_up ON deferred_function (state) WHERE state IN ('cancelled', 'discarded');
CREATE INDEX function_of_job ON deferred_function (job_id);

-- A writer that knows which id comes next may say it, and need not ask for it afterwards. It must be just
-- the next: an id that was pruned would mean another function, and a gap would be an event of which
-- nobody knows what it was.
CREATE TRIGGER function_begins_well
BEFORE INSERT ON deferred_function
BEGIN
  SELECT CASE
    WHEN NEW.state <> 'deferred' OR NEW.attempts <> 0 OR NEW.claim_no <> 0
    THEN RAISE(ABORT, 'lastly: a function starts as deferred, with no attempt and no claim; how to register one: docs/protocol.md, or lastly defer')
    WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                     AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
    THEN RAISE(ABORT, 'lastly: the owner has ended or is somebody else; open a new manager (docs/protocol.md: register an owner)')
    -- An id that is left out, which will be the next, is shown as -1 here.
    WHEN NEW.id <> -1
     AND NEW.id <> ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) + 1
    THEN RAISE(ABORT, 'lastly: ids of functions are given one by one; leave the id out (docs/protocol.md: registering a command)')
  END;
END;

-- P2 in the database itself: no row leaves an owner that has not ended, but on the way back. A process that
-- has claimed a function and finds that it cannot run it faithfully (P9) gives it back to the ended owner from
-- which it took it: there another process finds it. The body decides that, so that a claim costs nothing more.
CREATE TRIGGER function_changes_owner_by_claim
BEFORE UPDATE OF owner_id, owner_pid, owner_boot_id, claim_no ON deferred_function
WHEN (NEW.owner_id <> OLD.owner_id OR NEW.claim_no <> OLD.claim_no
      OR NEW.owner_pid <> OLD.owner_pid OR NEW.owner_boot_id <> OLD.owner_boot_id)
 AND NOT (NEW.owner_id <> OLD.owner_id AND NEW.claim_no = OLD.claim_no + 1
      AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      AND EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                  AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id))
BEGIN
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      OR EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL)
    THEN RAISE(ABORT, 'lastly: a function changes owner only by a claim, from an owner that has ended to one that is open: lastly reap; if you know that owner N is dead: lastly reap --owner N --force --reason TEXT')
    WHEN NOT (NEW.claim_no = OLD.claim_no + 1
          AND OLD.state IN ('running', 'retry_wait') AND NEW.state = 'retry_wait'
          AND EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id
                      AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
          AND EXISTS (SELECT 1 FROM claimed_job j JOIN claim c ON c.id = j.claim_id
                      WHERE j.job_id = OLD.job_id AND c.from_owner = NEW.owner_id AND c.to_owner = OLD.owner_id))
    THEN RAISE(ABORT, 'lastly: a function is given back only to the ended owner from which its owner has claimed it, as retry_wait, with one more in claim_no (docs/protocol.md: giving back)')
  END;
  -- Else no process would look there any more.
  UPDATE owner SET left_orphans = 1 WHERE id = NEW.owner_id;
END;

CREATE TRIGGER function_checksum_is_fixed
BEFORE UPDATE OF checksum ON deferred_function
BEGIN SELECT RAISE(ABORT, 'lastly: what a function calls never changes, nor does its checksum; defer another, and withdraw this one: lastly cancel ID, or if it is quarantined: lastly discard ID --reason TEXT'); END;

CREATE TRIGGER function_call_is_fixed
BEFORE UPDATE OF id, job_id, name, function, class_digest, module, arguments, registered_at ON deferred_function
BEGIN SELECT RAISE(ABORT, 'lastly: what a function calls never changes; defer another, and withdraw this one: lastly cancel ID, or if it is quarantined: lastly discard ID --reason TEXT'); END;

-- The table of states, in one trigger. Its condition is evaluated for each row that changes, so the legal
-- moves come first: it is decided after two comparisons or three. What only a person may do is decided in the
-- body: retry or discard what is quarantined, and quarantine an orphan that no process can run.
CREATE TRIGGER function_changes_legally
BEFORE UPDATE ON deferred_function
WHEN NOT CASE OLD.state
  WHEN 'deferred' THEN
    CASE NEW.attempts - OLD.attempts
      WHEN 0 THEN NEW.state = 'deferred' OR NEW.state = 'running' OR NEW.state = 'cancelled' OR NEW.state = 'retry_wait'
      WHEN 1 THEN NEW.state = 'running' ELSE 0 END
  WHEN 'running' THEN
    CASE NEW.attempts - OLD.attempts
      WHEN 0 THEN NEW.state = 'done' OR NEW.state = 'running' OR NEW.state = 'retry_wait' OR NEW.state = 'quarantined'
      WHEN 1 THEN NEW.state = 'running' ELSE 0 END
  WHEN 'retry_wait' THEN
    CASE NEW.attempts - OLD.attempts
      WHEN 0 THEN NEW.state = 'retry_wait' OR NEW.state = 'running'
      WHEN 1 THEN NEW.state = 'running' ELSE 0 END
  ELSE 0 END
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
      WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      THEN RAISE(ABORT, 'lastly: illegal change of state; only an orphan is quarantined by a person, and this function has an owner; before it has started: lastly cancel ID; if you know that owner N is dead: lastly reap --owner N --force --reason TEXT')
      WHEN NOT EXISTS (SELECT 1 FROM operator_action WHERE function_id = OLD.id AND action = 'quarantine')
      THEN RAISE(ABORT, 'lastly: illegal change of state; to quarantine an orphan that no process can run, say who and why first: INSERT INTO operator_action, with quarantine as the action')
    END
    WHEN NEW.state <> OLD.state AND OLD.state = 'deferred'
    THEN RAISE(ABORT, 'lastly: illegal change of state; a deferred function is withdrawn by: lastly cancel ID')
    WHEN NEW.state <> OLD.state AND OLD.state = 'running'
    THEN RAISE(ABORT, 'lastly: illegal change of state; its owner is running this function, or has died over it: lastly reap')
    WHEN NEW.state <> OLD.state AND OLD.state = 'retry_wait'
    THEN RAISE(ABORT, 'lastly: illegal change of state; this function waits for its next attempt, and can be given up when it is quarantined: lastly discard ID --reason TEXT')
    WHEN NEW.state NOT IN ('quarantined', 'retry_wait', 'discarded')
    THEN RAISE(ABORT, 'lastly: illegal change of state; a quarantined function is tried again by: lastly retry ID, and given up by: lastly discard ID --reason TEXT')
    WHEN NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM operator_action WHERE function_id = OLD.id)
    THEN RAISE(ABORT, 'lastly: say who and why first, in operator_action, or use: lastly retry ID, lastly discard ID --reason TEXT')
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
WHEN OLD.state IN ('done', 'cancelled', 'discarded') AND NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: a finished function is not removed by DELETE but by: lastly prune, or by the workers when it is old; see finishedRetention'); END;

CREATE TRIGGER function_goes_when_old
BEFORE DELETE ON deferred_function
WHEN OLD.state IN ('done', 'cancelled', 'discarded')
 AND EXISTS (SELECT 1 FROM prune_ticket WHERE (OLD.finished_at, OLD.id) > (finished_at, function_id))
BEGIN SELECT RAISE(ABORT, 'lastly: this function finished too recently to be pruned; it goes later: lastly prune'); END;

CREATE TRIGGER function_takes_its_history
AFTER DELETE ON deferred_function
BEGIN
  DELETE FROM attempt WHERE function_id = OLD.id;
  DELETE FROM unresolvable_function
  WHERE function = OLD.function AND class_digest = ifnull(OLD.class_digest, '') AND function_id = OLD.id;
  UPDATE pruned SET functions = functions + 1;
  UPDATE job SET pruned = pruned + 1, pruned_moves = pruned_moves + OLD.claim_no WHERE id = OLD.job_id;
  DELETE FROM job
  WHERE id = OLD.job_id
    AND NOT EXISTS (SELECT 1 FROM deferred_function WHERE job_id = OLD.job_id)
    AND (closed_at IS NOT NULL OR EXISTS (SELECT 1 FROM owner WHERE id = job.opened_by AND closed_at IS NOT NULL));
END;

-- Attempts ---------------------------------------------------------------------------------------

-- One row per execution. It is committed, open, before the function runs: else a function that kills its
-- process would not be counted, and would kill one worker after another. An execution that ended as
-- 'unresolvable', because its process could not do it faithfully, uses up no attempt: max_attempts grows by one.
CREATE TABLE attempt (
  function_id INTEGER NOT NULL REFERENCES deferred_function (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 1),
  owner_id    INTEGER NOT NULL REFERENCES owner (id),
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  outcome     TEXT CHECK (outcome = 'returned' OR outcome = 'threw' OR outcome = 'timed_out' OR outcome = 'undecodable' OR outcome = 'crashed' OR outcome = 'unresolvable'),
  error       TEXT,
  output      TEXT,
  PRIMARY KEY (function_id, number),
  CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;

-- An attempt that shared its commit with others began later than that: when it is closed, the time
-- at which it really began may be put in.
CREATE TRIGGER attempt_is_closed_once
BEFORE UPDATE ON attempt
WHEN OLD.finished_at IS NOT NULL OR NEW.finished_at IS NULL OR NEW.function_id <> OLD.function_id
  OR NEW.number <> OLD.number OR NEW.owner_id <> OLD.owner_id OR NEW.started_at < OLD.started_at
BEGIN SELECT RAISE(ABORT, 'lastly: an attempt is history; it is closed once and then stays; for another one: lastly retry ID'); END;

CREATE TRIGGER attempt_is_kept
BEFORE DELETE ON attempt WHEN EXISTS (SELECT 1 FROM deferred_function WHERE id = OLD.function_id)
BEGIN SELECT RAISE(ABORT, 'lastly: attempts are history; they go only with their function: lastly prune'); END;

-- Claims -----------------------------------------------------------------------------------------

-- One row per change of owner. With DEAD and FORCED, from_owner had ended, and the evidence is what proved
-- it. With RELEASED, from_owner could not run what it had claimed and gave it back to to_owner, which had ended;
-- the evidence is the reason.
CREATE TABLE claim (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  from_owner INTEGER NOT NULL REFERENCES owner (id),
  to_owner   INTEGER NOT NULL REFERENCES owner (id) CHECK (to_owner <> from_owner),
  claimed_at INTEGER NOT NULL,
  verdict    TEXT    NOT NULL CHECK (verdict = 'DEAD' OR verdict = 'FORCED' OR verdict = 'RELEASED'),
  evidence   TEXT    NOT NULL,
  rows       INTEGER NOT NULL CHECK (rows >= 1)
) STRICT;

CREATE INDEX claim_from_owner ON claim (from_owner);
CREATE INDEX claim_to_owner ON claim (to_owner);

CREATE TRIGGER claim_is_fixed BEFORE UPDATE ON claim
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history and never change; to add a remark: INSERT INTO operator_action'); END;

CREATE TRIGGER claim_is_kept
BEFORE DELETE ON claim
WHEN EXISTS (SELECT 1 FROM claimed_job WHERE claim_id = OLD.id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their jobs: lastly prune'); END;

CREATE TRIGGER claim_is_counted
AFTER DELETE ON claim
BEGIN UPDATE pruned SET claims = claims + 1; END;

-- Which jobs a claim has moved, whole or in part.
CREATE TABLE claimed_job (
  job_id   INTEGER NOT NULL REFERENCES job (id),
  claim_id INTEGER NOT NULL REFERENCES claim (id),
  rows     INTEGER NOT NULL CHECK (rows >= 1),
  PRIMARY KEY (job_id, claim_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX claimed_job_by_claim ON claimed_job (claim_id);

CREATE TRIGGER claimed_job_is_fixed BEFORE UPDATE ON claimed_job
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history and never change; to add a remark: INSERT INTO operator_action'); END;

CREATE TRIGGER claimed_job_is_kept
BEFORE DELETE ON claimed_job
WHEN EXISTS (SELECT 1 FROM job WHERE id = OLD.job_id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their jobs: lastly prune'); END;

CREATE TRIGGER claim_goes_with_its_jobs
AFTER DELETE ON claimed_job
BEGIN
  DELETE FROM claim
  WHERE id = OLD.claim_id AND NOT EXISTS (SELECT 1 FROM claimed_job WHERE claim_id = OLD.claim_id);
END;

-- Unresolvable functions -------------------------------------------------------------------------

-- What some process could not call, and why; the views of unfinished functions show it. A row with
-- function_id 0 is about all functions that call this code; any other is about that one alone, for instance
-- because of its arguments.
CREATE TABLE unresolvable_function (
  function     TEXT    NOT NULL,
  class_digest TEXT    NOT NULL DEFAULT '',
  function_id  INTEGER NOT NULL DEFAULT 0 CHECK (function_id >= 0),
  reason       TEXT    NOT NULL,
  reported_by  INTEGER NOT NULL REFERENCES owner (id),
  reported_at  INTEGER NOT NULL,
  PRIMARY KEY (function, class_digest, function_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX unresolvable_reported_by ON unresolvable_function (reported_by);

-- Acts of people ---------------------------------------------------------------------------------

-- A person's act has a name and a reason, by a command as well as at a prompt.
CREATE TABLE operator_action (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  acted_at    INTEGER NOT NULL,
  os_user     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  function_id INTEGER,
  owner_id    INTEGER,
  reason      TEXT    NOT NULL
) STRICT;

-- For function_changes_legally.
CREATE INDEX operator_action_function ON operator_action (function_id) WHERE function_id IS NOT NULL;

CREATE TRIGGER operator_action_is_fixed BEFORE UPDATE ON operator_action
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
  pruned_by      INTEGER
) STRICT;

INSERT INTO pruned (id, functions, jobs, claims, owners) VALUES (1, 0, 0, 0, 0);

CREATE TRIGGER pruned_only_grows
BEFORE UPDATE ON pruned
WHEN NEW.functions < OLD.functions OR NEW.jobs < OLD.jobs OR NEW.claims < OLD.claims OR NEW.owners < OLD.owners
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

CREATE TRIGGER pruned_is_kept
BEFORE DELETE ON pruned
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

-- There from the beginning to the end of a transaction that prunes, and in no committed state.
-- What finished after it is not to be removed by that transaction.
CREATE TABLE prune_ticket (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  owner_id    INTEGER NOT NULL REFERENCES owner (id),
  finished_at INTEGER NOT NULL,
  function_id INTEGER NOT NULL
) STRICT;

CREATE TRIGGER prune_ticket_of_an_open_owner
BEFORE INSERT ON prune_ticket
WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'lastly: only an open manager prunes: lastly prune'); END;

-- Events -----------------------------------------------------------------------------------------

-- What happened, in the order of the commits. Triggers alone write it, so what people and other programs
-- change is in it, too. There is one row for each event but registrations, which write nothing here. Ids of
-- functions and of events are both given out one by one, so id + functions numbers all events,
-- registrations included, in the order of the commits: 1, 2, 3 … That is an event's place; the place of
-- the registration of function f is f + the id of the last event before it.
--
-- Two rows for each attempt, so every byte counts: a kind that is 0 or 1 takes none, and the view
-- event_detail has the names.
CREATE TABLE event (
  id        INTEGER PRIMARY KEY,
  functions INTEGER NOT NULL,  -- the highest function id until then
  at        INTEGER NOT NULL,  -- taken inside the transaction
  kind      INTEGER NOT NULL,
  subject   INTEGER,           -- the id of a function (kinds 0 to 6), claim, owner or action
  number    INTEGER            -- of the attempt; none if a function was postponed before its first
) STRICT;

-- What every event begins with.
CREATE VIEW event_now AS
SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) AS functions,
       CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) AS at;

-- The feed begins. There is always a newest event, because the next one is numbered after it.
INSERT INTO event (id, functions, at, kind) SELECT 1, functions, at, 12 FROM event_now;

-- The columns of event_now are written out, because this is executed twice for each attempt.
CREATE TRIGGER event_of_function
AFTER UPDATE OF state ON deferred_function WHEN NEW.state <> OLD.state
BEGIN
  INSERT INTO event (functions, at, kind, subject, number)
  VALUES (ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0),
          CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER),
          CASE NEW.state
            WHEN 'running' THEN 0
            WHEN 'done' THEN 1
            WHEN 'retry_wait' THEN CASE OLD.state WHEN 'quarantined' THEN 4 ELSE 2 END
            WHEN 'quarantined' THEN 3
            WHEN 'cancelled' THEN 5
            WHEN 'discarded' THEN 6
          END,
          NEW.id, nullif(NEW.attempts, 0));
END;

CREATE TRIGGER event_of_claim
AFTER INSERT ON claim
BEGIN
  INSERT INTO event (functions, at, kind, subject, number)
  SELECT functions, at, CASE NEW.verdict WHEN 'RELEASED' THEN 13 ELSE 7 END, NEW.id, NEW.rows FROM event_now;
END;

CREATE TRIGGER event_of_new_owner
AFTER INSERT ON owner
BEGIN
  INSERT INTO event (functions, at, kind, subject)
  SELECT functions, at, 8, NEW.id FROM event_now;
END;

CREATE TRIGGER event_of_ended_owner
AFTER UPDATE OF closed_at ON owner WHEN NEW.closed_at IS NOT NULL AND OLD.closed_at IS NULL
BEGIN
  INSERT INTO event (functions, at, kind, subject)
  SELECT functions, at, 9, NEW.id FROM event_now;
END;

CREATE TRIGGER event_of_operator
AFTER INSERT ON operator_action
BEGIN
  INSERT INTO event (functions, at, kind, subject)
  SELECT functions, at, 10, NEW.id FROM event_now;
END;

CREATE TRIGGER event_of_pruning
AFTER DELETE ON prune_ticket
BEGIN
  INSERT INTO event (functions, at, kind, subject, number)
  SELECT n.functions, n.at, 11, OLD.owner_id, p.functions FROM event_now n, pruned p;
END;

CREATE TRIGGER event_is_fixed
BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'lastly: events are history and never change; to add a remark: INSERT INTO operator_action'); END;

-- Oldest first, so that there is never a gap; and not the newest, after which the next is numbered. A
-- time in the future is of a clock that was wrong: it must not keep all that came after it.
CREATE TRIGGER event_is_kept
BEFORE DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM prune_ticket
                 WHERE OLD.at <= finished_at OR OLD.at > (julianday('now') - 2440587.5) * 86400000)
  OR EXISTS (SELECT 1 FROM event WHERE id < OLD.id)
  OR OLD.id = (SELECT max(id) FROM event)
BEGIN SELECT RAISE(ABORT, 'lastly: events are history; the oldest go by lastly prune, or by the workers when they are old'); END;

-- Views: a stable contract -----------------------------------------------------------------------

-- Every unfinished function. Why a process could not run it: of an orphan, what was said of the row, else of
-- its code; of a function whose owner lives, what that owner says now.
CREATE VIEW pending_function AS
SELECT f.id, f.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       f.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       CASE WHEN o.closed_at IS NOT NULL THEN ifnull(r.reason, c.reason)
            WHEN f.last_error = r.reason THEN r.reason END AS unresolvable,
       f.last_error, o.doubt AS owner_doubt
FROM deferred_function f
JOIN job j ON j.id = f.job_id
JOIN owner o ON o.id = f.owner_id
LEFT JOIN unresolvable_function r
  ON r.function = f.function AND r.class_digest = ifnull(f.class_digest, '') AND r.function_id = f.id
LEFT JOIN unresolvable_function c
  ON c.function = f.function AND c.class_digest = ifnull(f.class_digest, '') AND c.function_id = 0
WHERE (f.state = 'deferred' OR f.state = 'running' OR f.state = 'retry_wait');

-- Rows whose owner is known to have ended. An owner that has died is known from the first reap on.
CREATE VIEW orphaned_function AS
SELECT f.id, f.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       o.end_reason AS owner_end, o.evidence AS owner_evidence,
       strftime('%Y-%m-%dT%H:%M:%fZ', o.closed_at / 1000.0, 'unixepoch') AS orphaned,
       f.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       ifnull(r.reason, c.reason) AS unresolvable, f.last_error
FROM deferred_function f
JOIN owner o ON o.id = f.owner_id
JOIN job j ON j.id = f.job_id
LEFT JOIN unresolvable_function r
  ON r.function = f.function AND r.class_digest = ifnull(f.class_digest, '') AND r.function_id = f.id
LEFT JOIN unresolvable_function c
  ON c.function = f.function AND c.class_digest = ifnull(f.class_digest, '') AND c.function_id = 0
WHERE (f.state = 'deferred' OR f.state = 'running' OR f.state = 'retry_wait') AND o.closed_at IS NOT NULL;

-- Since its last attempt, or since a person quarantined it.
CREATE VIEW quarantined_function AS
SELECT f.id, f.name, j.name AS job, f.job_id, f.owner_id, f.function, f.arguments,
       f.attempts, f.max_attempts, f.last_error,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ',
                nullif(max(ifnull(max(a.finished_at), 0),
                           ifnull((SELECT max(p.acted_at) FROM operator_action p
                                   WHERE p.function_id = f.id AND p.action = 'quarantine'), 0)), 0) / 1000.0,
                'unixepoch') AS quarantined
FROM deferred_function f
JOIN job j ON j.id = f.job_id
LEFT JOIN attempt a ON a.function_id = f.id
WHERE f.state = 'quarantined'
GROUP BY f.id;

-- One line for each thing that happened to a function, in order of time. Claims are of jobs: what was given
-- back had been claimed before, so it has changed owner twice at least.
CREATE VIEW function_history AS
SELECT f.id AS function_id, f.name, f.registered_at AS at_ms, 'registered' AS event, j.opened_by AS owner_id,
       NULL AS attempt, NULL AS detail
FROM deferred_function f JOIN job j ON j.id = f.job_id
UNION ALL
SELECT f.id, f.name, c.claimed_at, 'claimed', c.to_owner, NULL,
       'from owner ' || c.from_owner || ': ' || c.evidence
FROM deferred_function f
JOIN claimed_job cj ON cj.job_id = f.job_id
JOIN claim c ON c.id = cj.claim_id
WHERE f.claim_no > 0 AND c.verdict <> 'RELEASED'
UNION ALL
SELECT f.id, f.name, c.claimed_at, 'released', c.from_owner, NULL,
       'to owner ' || c.to_owner || ': ' || c.evidence
FROM deferred_function f
JOIN claimed_job cj ON cj.job_id = f.job_id
JOIN claim c ON c.id = cj.claim_id
WHERE f.claim_no > 1 AND c.verdict = 'RELEASED'
UNION ALL
SELECT f.id, f.name, a.started_at, 'started', a.owner_id, a.number, NULL
FROM deferred_function f JOIN attempt a ON a.function_id = f.id
UNION ALL
SELECT f.id, f.name, a.finished_at, a.outcome, a.owner_id, a.number, ifnull(a.error, a.output)
FROM deferred_function f JOIN attempt a ON a.function_id = f.id WHERE a.finished_at IS NOT NULL
UNION ALL
SELECT f.id, f.name, f.finished_at, f.state, f.owner_id, NULL, NULL
FROM deferred_function f WHERE f.state = 'cancelled'
UNION ALL
SELECT f.id, f.name, p.acted_at, p.action, NULL, NULL, p.os_user || ': ' || p.reason
FROM deferred_function f JOIN operator_action p ON p.function_id = f.id;

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

-- All events but registrations, with what the tables know of them.
CREATE VIEW event_detail AS
SELECT e.id, e.id + e.functions AS place, e.functions, e.at AS at_ms,
       CASE e.kind
         WHEN 0 THEN 'started' WHEN 1 THEN 'done'
         WHEN 2 THEN CASE WHEN e.number IS NULL THEN 'postponed' ELSE 'failed' END WHEN 3 THEN 'quarantined'
         WHEN 4 THEN 'retried' WHEN 5 THEN 'cancelled' WHEN 6 THEN 'discarded' WHEN 7 THEN 'claimed'
         WHEN 8 THEN 'owner_opened' WHEN 9 THEN 'owner_ended' WHEN 10 THEN 'operator'
         WHEN 11 THEN 'pruned' WHEN 12 THEN 'feed_began' WHEN 13 THEN 'released'
       END AS kind,
       CASE WHEN e.kind <= 6 THEN e.subject ELSE p.function_id END AS function_id,
       f.job_id,
       CASE WHEN e.kind IN (8, 9, 11) THEN e.subject
            WHEN e.kind = 5 THEN f.owner_id
            WHEN e.kind = 13 THEN c.from_owner
            ELSE coalesce(a.owner_id, c.to_owner, p.owner_id) END AS owner_id,
       CASE WHEN e.kind <= 3 THEN e.number END AS attempt,
       CASE WHEN e.kind > 0 THEN a.outcome END AS outcome,
       coalesce(f.name, o.label, '') AS subject,
       CASE e.kind
         WHEN 1 THEN a.output
         WHEN 2 THEN substr(a.error, 1, instr(a.error || char(10), char(10)) - 1)
         WHEN 3 THEN substr(a.error, 1, instr(a.error || char(10), char(10)) - 1)
         WHEN 7 THEN c.rows || ' of owner ' || c.from_owner || ': ' || c.evidence
         WHEN 8 THEN 'process ' || o.pid || ' on ' || o.host
         WHEN 9 THEN o.end_reason || ifnull(': ' || o.evidence, '')
         WHEN 10 THEN p.os_user || ': ' || p.action || ': ' || p.reason
         WHEN 11 THEN e.number || ' functions so far'
         WHEN 13 THEN c.rows || ' to owner ' || c.to_owner || ': ' || c.evidence
       END AS detail
FROM event e
LEFT JOIN operator_action p ON p.id = e.subject AND e.kind = 10
LEFT JOIN deferred_function f ON f.id = CASE WHEN e.kind <= 6 THEN e.subject ELSE p.function_id END
LEFT JOIN attempt a ON a.function_id = e.subject AND a.number = e.number AND e.kind <= 3
LEFT JOIN owner o ON o.id = e.subject AND e.kind IN (8, 9)
LEFT JOIN claim c ON c.id = e.subject AND e.kind IN (7, 13);

-- Everything in the order of the commits, registrations included. It reads all of it; to follow the
-- feed, ask event_detail for ids, and deferred_function for ids, above the last ones seen.
CREATE VIEW event_feed AS
SELECT place, strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch') AS at, at_ms, kind,
       function_id, job_id, owner_id, attempt, outcome, subject, detail
FROM event_detail
UNION ALL
SELECT b.id + f.id,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch'), f.registered_at,
       'registered', f.id, f.job_id, j.opened_by, NULL, NULL, f.name, NULL
FROM (SELECT id, functions, lead(functions, 1, 9223372036854775807) OVER (ORDER BY id) AS last FROM event
      UNION ALL
      SELECT 0, 0, functions FROM event WHERE id = 1) b
JOIN deferred_function f ON f.id > b.functions AND f.id <= b.last
JOIN job j ON j.id = f.job_id;
