-- The schema of Lastly. Times are milliseconds since 1970-01-01 UTC; the views show them as text.
-- Each trigger's text says what to do instead, because a person at a sqlite3 prompt will read it.
-- The messages are literals and no function is newer than SQLite 3.38, so that the sqlite3 program
-- of an old distribution can read the database.

PRAGMA application_id = 1280529497;  -- "LSTY": file(1) and sqlite3 can tell whose database this is
PRAGMA user_version = 1;             -- the schema's version, in the same transaction as the schema

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
  -- 1 from its end until nothing that it left is unfinished; kept by triggers and claims, so that
  -- looking for orphans costs the same beside one live owner as beside a thousand.
  left_orphans  INTEGER NOT NULL DEFAULT 0 CHECK (left_orphans IN (0, 1)),
  CHECK (left_orphans = 0 OR closed_at IS NOT NULL),
  CHECK ((closed_at IS NULL) = (end_reason IS NULL)),
  CHECK ((end_reason IN ('died', 'forced')) = (evidence IS NOT NULL) OR end_reason IS NULL)
) STRICT;

CREATE INDEX owner_open ON owner (id) WHERE closed_at IS NULL;
CREATE INDEX owner_left_orphans ON owner (id) WHERE left_orphans = 1;

CREATE TABLE job (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  name      TEXT    NOT NULL,
  opened_by INTEGER NOT NULL REFERENCES owner (id),
  opened_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;

CREATE TABLE deferred_function (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id        INTEGER NOT NULL REFERENCES job (id),
  owner_id      INTEGER NOT NULL REFERENCES owner (id),
  owner_pid     INTEGER NOT NULL,
  owner_boot_id TEXT    NOT NULL,
  claim_no      INTEGER NOT NULL DEFAULT 0 CHECK (claim_no >= 0),
  name          TEXT    NOT NULL,
  function      TEXT    NOT NULL,
  class_digest  TEXT,
  module        TEXT    NOT NULL,
  arguments     TEXT    NOT NULL CHECK (json_valid(arguments)),
  state         TEXT    NOT NULL DEFAULT 'deferred'
                CHECK (state IN ('deferred', 'running', 'retry_wait', 'done', 'cancelled', 'quarantined', 'discarded')),
  attempts      INTEGER NOT NULL DEFAULT 0 CHECK (attempts BETWEEN 0 AND max_attempts),
  max_attempts  INTEGER NOT NULL CHECK (max_attempts >= 1),
  not_before    INTEGER,
  last_error    TEXT,
  registered_at INTEGER NOT NULL,
  finished_at   INTEGER,
  CHECK ((state = 'retry_wait') = (not_before IS NOT NULL)),
  CHECK ((state IN ('done', 'cancelled', 'discarded')) = (finished_at IS NOT NULL))
) STRICT;

-- The predicates are literal: SQLite uses a partial index only where a query repeats them.
CREATE INDEX function_unfinished ON deferred_function (owner_id, job_id, id)
  WHERE state IN ('deferred', 'running', 'retry_wait');
CREATE INDEX function_retry ON deferred_function (owner_id, not_before, job_id)
  WHERE state = 'retry_wait';
CREATE INDEX function_quarantined ON deferred_function (id)
  WHERE state = 'quarantined';

-- One row per execution. It is committed, open, before the function runs.
CREATE TABLE attempt (
  function_id INTEGER NOT NULL REFERENCES deferred_function (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 1),
  owner_id    INTEGER NOT NULL REFERENCES owner (id),
  started_at  INTEGER NOT NULL,
  finished_at INTEGER,
  outcome     TEXT CHECK (outcome IN ('returned', 'threw', 'timed_out', 'undecodable', 'crashed')),
  error       TEXT,
  output      TEXT,
  PRIMARY KEY (function_id, number),
  CHECK ((finished_at IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;

-- One row per change of owner, with what proved that the old one had ended.
CREATE TABLE claim (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  from_owner INTEGER NOT NULL REFERENCES owner (id),
  to_owner   INTEGER NOT NULL REFERENCES owner (id) CHECK (to_owner <> from_owner),
  claimed_at INTEGER NOT NULL,
  verdict    TEXT    NOT NULL CHECK (verdict IN ('DEAD', 'FORCED')),
  evidence   TEXT    NOT NULL,
  rows       INTEGER NOT NULL CHECK (rows >= 1)
) STRICT;

CREATE TABLE claimed_job (
  job_id   INTEGER NOT NULL REFERENCES job (id),
  claim_id INTEGER NOT NULL REFERENCES claim (id),
  rows     INTEGER NOT NULL CHECK (rows >= 1),
  PRIMARY KEY (job_id, claim_id)
) STRICT, WITHOUT ROWID;

-- What some process could not call, and why; orphaned_function shows it.
CREATE TABLE unresolvable_function (
  function     TEXT    NOT NULL,
  class_digest TEXT    NOT NULL DEFAULT '',
  reason       TEXT    NOT NULL,
  reported_by  INTEGER NOT NULL REFERENCES owner (id),
  reported_at  INTEGER NOT NULL,
  PRIMARY KEY (function, class_digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE operator_action (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  acted_at    INTEGER NOT NULL,
  os_user     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  function_id INTEGER,
  owner_id    INTEGER,
  reason      TEXT    NOT NULL
) STRICT;

-- Owners -----------------------------------------------------------------------------------------

CREATE TRIGGER owner_identity_is_fixed
BEFORE UPDATE OF id, pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at ON owner
BEGIN SELECT RAISE(ABORT, 'lastly: who an owner is never changes'); END;

CREATE TRIGGER owner_ends_once
BEFORE UPDATE OF closed_at, end_reason, ended_by, evidence ON owner WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has ended; an owner ends once and is never reopened'); END;

CREATE TRIGGER owner_leaves_orphans
AFTER UPDATE OF closed_at ON owner
WHEN NEW.closed_at IS NOT NULL
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND state IN ('deferred', 'running', 'retry_wait'))
BEGIN UPDATE owner SET left_orphans = 1 WHERE id = NEW.id; END;

CREATE TRIGGER owner_orphans_are_not_hidden
BEFORE UPDATE OF left_orphans ON owner
WHEN NEW.left_orphans = 0
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND state IN ('deferred', 'running', 'retry_wait'))
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has left unfinished functions; reap them'); END;

CREATE TRIGGER owner_is_kept
BEFORE DELETE ON owner
BEGIN SELECT RAISE(ABORT, 'lastly: owners are kept, their ids number lock bytes and are never reused'); END;

-- Deferred functions -----------------------------------------------------------------------------

CREATE TRIGGER function_starts_deferred
BEFORE INSERT ON deferred_function
WHEN NEW.state <> 'deferred' OR NEW.attempts <> 0 OR NEW.claim_no <> 0
BEGIN SELECT RAISE(ABORT, 'lastly: a function starts as deferred, with no attempt and no claim'); END;

CREATE TRIGGER function_needs_open_owner
BEFORE INSERT ON deferred_function
WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                 AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
BEGIN SELECT RAISE(ABORT, 'lastly: the owner has ended or is somebody else; open a new manager'); END;

CREATE TRIGGER function_legal_move
BEFORE UPDATE OF state ON deferred_function
WHEN OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES
  ('deferred', 'running'),
  ('deferred', 'cancelled'),
  ('running', 'done'),
  ('running', 'retry_wait'),
  ('running', 'quarantined'),
  ('retry_wait', 'running'),
  ('quarantined', 'retry_wait'),
  ('quarantined', 'discarded'))
BEGIN SELECT RAISE(ABORT, 'lastly: illegal change of state; see the table of states in docs/schema.md'); END;

-- A retry by an operator makes an orphan again of what a dead owner's quarantine held.
CREATE TRIGGER function_retry_after_quarantine
AFTER UPDATE OF state ON deferred_function
WHEN OLD.state = 'quarantined' AND NEW.state = 'retry_wait'
BEGIN UPDATE owner SET left_orphans = 1 WHERE id = NEW.owner_id AND closed_at IS NOT NULL; END;

CREATE TRIGGER function_final_is_fixed
BEFORE UPDATE ON deferred_function WHEN OLD.state IN ('done', 'cancelled', 'discarded')
BEGIN SELECT RAISE(ABORT, 'lastly: this function is finished, its row no longer changes'); END;

CREATE TRIGGER function_call_is_fixed
BEFORE UPDATE OF id, job_id, name, function, class_digest, module, arguments, registered_at ON deferred_function
BEGIN SELECT RAISE(ABORT, 'lastly: what a function calls never changes; discard it and defer another'); END;

-- P2 in the database itself: no row leaves an owner that has not ended.
CREATE TRIGGER function_changes_owner_by_claim
BEFORE UPDATE OF owner_id, owner_pid, owner_boot_id, claim_no ON deferred_function
WHEN (NEW.owner_id <> OLD.owner_id OR NEW.claim_no <> OLD.claim_no
      OR NEW.owner_pid <> OLD.owner_pid OR NEW.owner_boot_id <> OLD.owner_boot_id)
 AND NOT (NEW.owner_id <> OLD.owner_id AND NEW.claim_no = OLD.claim_no + 1
      AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      AND EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                  AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id))
BEGIN SELECT RAISE(ABORT, 'lastly: a function changes owner only by a claim, from an owner that has ended to one that is open'); END;

CREATE TRIGGER function_attempts_only_grow
BEFORE UPDATE OF attempts ON deferred_function
WHEN NEW.attempts <> OLD.attempts AND NOT (NEW.attempts = OLD.attempts + 1 AND NEW.state = 'running')
BEGIN SELECT RAISE(ABORT, 'lastly: attempts are counted one by one, when a run starts'); END;

CREATE TRIGGER function_is_never_lost
BEFORE DELETE ON deferred_function WHEN OLD.state NOT IN ('done', 'cancelled', 'discarded')
BEGIN SELECT RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; discard it, with a reason'); END;

-- History ----------------------------------------------------------------------------------------

CREATE TRIGGER attempt_is_closed_once
BEFORE UPDATE ON attempt
WHEN OLD.finished_at IS NOT NULL OR NEW.finished_at IS NULL OR NEW.function_id <> OLD.function_id
  OR NEW.number <> OLD.number OR NEW.owner_id <> OLD.owner_id OR NEW.started_at <> OLD.started_at
BEGIN SELECT RAISE(ABORT, 'lastly: an attempt is history; it is closed once and then stays'); END;

CREATE TRIGGER attempt_is_kept
BEFORE DELETE ON attempt WHEN EXISTS (SELECT 1 FROM deferred_function WHERE id = OLD.function_id)
BEGIN SELECT RAISE(ABORT, 'lastly: attempts are history; they go only with their function'); END;

CREATE TRIGGER claim_is_fixed BEFORE UPDATE ON claim
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history'); END;
CREATE TRIGGER claim_is_kept BEFORE DELETE ON claim
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history'); END;
CREATE TRIGGER claimed_job_is_fixed BEFORE UPDATE ON claimed_job
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history'); END;
CREATE TRIGGER claimed_job_is_kept BEFORE DELETE ON claimed_job
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history'); END;
CREATE TRIGGER operator_action_is_fixed BEFORE UPDATE ON operator_action
BEGIN SELECT RAISE(ABORT, 'lastly: operator actions are history'); END;
CREATE TRIGGER operator_action_is_kept BEFORE DELETE ON operator_action
BEGIN SELECT RAISE(ABORT, 'lastly: operator actions are history'); END;

-- Views: a stable contract -----------------------------------------------------------------------

CREATE VIEW pending_function AS
SELECT f.id, f.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       f.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       f.last_error, o.doubt AS owner_doubt
FROM deferred_function f
JOIN job j ON j.id = f.job_id
JOIN owner o ON o.id = f.owner_id
WHERE f.state IN ('deferred', 'running', 'retry_wait');

-- Rows whose owner is known to have ended. An owner that has died is known from the first reap on.
CREATE VIEW orphaned_function AS
SELECT f.id, f.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       o.end_reason AS owner_end, o.evidence AS owner_evidence,
       strftime('%Y-%m-%dT%H:%M:%fZ', o.closed_at / 1000.0, 'unixepoch') AS orphaned,
       f.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       u.reason AS unresolvable, f.last_error
FROM deferred_function f
JOIN owner o ON o.id = f.owner_id
JOIN job j ON j.id = f.job_id
LEFT JOIN unresolvable_function u
  ON u.function = f.function AND u.class_digest = ifnull(f.class_digest, '')
WHERE f.state IN ('deferred', 'running', 'retry_wait') AND o.closed_at IS NOT NULL;

CREATE VIEW quarantined_function AS
SELECT f.id, f.name, j.name AS job, f.job_id, f.owner_id, f.function, f.arguments,
       f.attempts, f.max_attempts, f.last_error,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', max(a.finished_at) / 1000.0, 'unixepoch') AS quarantined
FROM deferred_function f
JOIN job j ON j.id = f.job_id
LEFT JOIN attempt a ON a.function_id = f.id
WHERE f.state = 'quarantined'
GROUP BY f.id;

-- One line for each thing that happened to a function, in order of time.
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
WHERE f.claim_no > 0
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
       (SELECT ifnull(sum(c.rows), 0) FROM claim c WHERE c.to_owner = o.id) AS functions_claimed,
       (SELECT ifnull(sum(c.rows), 0) FROM claim c WHERE c.from_owner = o.id) AS functions_lost
FROM owner o;
