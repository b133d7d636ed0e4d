-- Pruning: what has long been finished is removed, and with it what nothing refers to any more.
-- The triggers are the guard, not the foreign keys: those are off at a sqlite3 prompt.

PRAGMA user_version = 2;

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

-- Until now finished functions could be deleted by hand: those count as pruned.
INSERT INTO pruned (id, functions, jobs, claims, owners)
VALUES (1,
  ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0)
    - (SELECT count(*) FROM deferred_function),
  ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'job'), 0) - (SELECT count(*) FROM job),
  ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'claim'), 0) - (SELECT count(*) FROM claim),
  0);

ALTER TABLE job ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0 CHECK (pruned >= 0);
ALTER TABLE job ADD COLUMN pruned_moves INTEGER NOT NULL DEFAULT 0 CHECK (pruned_moves >= 0);

UPDATE job SET pruned = 1
WHERE NOT EXISTS (SELECT 1 FROM deferred_function WHERE job_id = job.id)
  AND (SELECT functions FROM pruned) > 0;

UPDATE job SET pruned_moves = max(0,
  (SELECT sum(rows) FROM claimed_job WHERE job_id = job.id)
  - ifnull((SELECT sum(claim_no) FROM deferred_function WHERE job_id = job.id), 0))
WHERE id IN (SELECT job_id FROM claimed_job) AND (SELECT functions FROM pruned) > 0;

-- There from the beginning to the end of a transaction that prunes, and in no committed state.
-- What finished after it is not to be removed by that transaction.
CREATE TABLE prune_ticket (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  owner_id    INTEGER NOT NULL REFERENCES owner (id),
  finished_at INTEGER NOT NULL,
  function_id INTEGER NOT NULL
) STRICT;

CREATE INDEX function_finished ON deferred_function (finished_at)
  WHERE state IN ('done', 'cancelled', 'discarded');
CREATE INDEX function_of_job ON deferred_function (job_id);
CREATE INDEX job_opened_by ON job (opened_by);
CREATE INDEX claim_from_owner ON claim (from_owner);
CREATE INDEX claim_to_owner ON claim (to_owner);
CREATE INDEX claimed_job_by_claim ON claimed_job (claim_id);
CREATE INDEX owner_ended ON owner (closed_at) WHERE closed_at IS NOT NULL AND left_orphans = 0;
CREATE INDEX owner_ended_by ON owner (ended_by) WHERE ended_by IS NOT NULL;
CREATE INDEX unresolvable_reported_by ON unresolvable_function (reported_by);

CREATE TRIGGER pruned_only_grows
BEFORE UPDATE ON pruned
WHEN NEW.functions < OLD.functions OR NEW.jobs < OLD.jobs OR NEW.claims < OLD.claims OR NEW.owners < OLD.owners
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted'); END;

CREATE TRIGGER pruned_is_kept
BEFORE DELETE ON pruned
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted'); END;

CREATE TRIGGER prune_ticket_of_an_open_owner
BEFORE INSERT ON prune_ticket
WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'lastly: only an open manager prunes; call DeferredFunctionManager.prune()'); END;

-- Functions: function_is_never_lost keeps refusing what is unfinished or quarantined -------------

CREATE TRIGGER function_goes_by_prune
BEFORE DELETE ON deferred_function
WHEN OLD.state IN ('done', 'cancelled', 'discarded') AND NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: a finished function is not removed by DELETE but by DeferredFunctionManager.prune(), or by the workers when it is old; see finishedRetention'); END;

CREATE TRIGGER function_goes_when_old
BEFORE DELETE ON deferred_function
WHEN OLD.state IN ('done', 'cancelled', 'discarded')
 AND EXISTS (SELECT 1 FROM prune_ticket WHERE (OLD.finished_at, OLD.id) > (finished_at, function_id))
BEGIN SELECT RAISE(ABORT, 'lastly: this function finished too recently to be pruned'); END;

CREATE TRIGGER function_takes_its_history
AFTER DELETE ON deferred_function
BEGIN
  DELETE FROM attempt WHERE function_id = OLD.id;
  UPDATE pruned SET functions = functions + 1;
  UPDATE job SET pruned = pruned + 1, pruned_moves = pruned_moves + OLD.claim_no WHERE id = OLD.job_id;
  DELETE FROM job
  WHERE id = OLD.job_id
    AND NOT EXISTS (SELECT 1 FROM deferred_function WHERE job_id = OLD.job_id)
    AND (closed_at IS NOT NULL OR EXISTS (SELECT 1 FROM owner WHERE id = job.opened_by AND closed_at IS NOT NULL));
END;

-- Jobs, claims, owners ---------------------------------------------------------------------------

CREATE TRIGGER job_is_kept
BEFORE DELETE ON job
WHEN NOT EXISTS (SELECT 1 FROM prune_ticket)
  OR EXISTS (SELECT 1 FROM deferred_function WHERE job_id = OLD.id)
  OR (OLD.closed_at IS NULL AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.opened_by AND closed_at IS NULL))
BEGIN SELECT RAISE(ABORT, 'lastly: a job is kept while it is open or has functions; it goes with the last of them, when that is pruned'); END;

CREATE TRIGGER job_takes_its_claims
AFTER DELETE ON job
BEGIN
  UPDATE pruned SET jobs = jobs + 1;
  DELETE FROM claimed_job WHERE job_id = OLD.id;
END;

DROP TRIGGER claimed_job_is_kept;
CREATE TRIGGER claimed_job_is_kept
BEFORE DELETE ON claimed_job
WHEN EXISTS (SELECT 1 FROM job WHERE id = OLD.job_id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their jobs'); END;

CREATE TRIGGER claim_goes_with_its_jobs
AFTER DELETE ON claimed_job
BEGIN
  DELETE FROM claim
  WHERE id = OLD.claim_id AND NOT EXISTS (SELECT 1 FROM claimed_job WHERE claim_id = OLD.claim_id);
END;

DROP TRIGGER claim_is_kept;
CREATE TRIGGER claim_is_kept
BEFORE DELETE ON claim
WHEN EXISTS (SELECT 1 FROM claimed_job WHERE claim_id = OLD.id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their jobs'); END;

CREATE TRIGGER claim_is_counted
AFTER DELETE ON claim
BEGIN UPDATE pruned SET claims = claims + 1; END;

-- Whoever owns a function or made an attempt has opened its job or claimed it, and those stay with
-- the function; so looking for jobs and claims is enough.
DROP TRIGGER owner_is_kept;
CREATE TRIGGER owner_is_kept
BEFORE DELETE ON owner
WHEN OLD.closed_at IS NULL OR OLD.left_orphans = 1
  OR NOT EXISTS (SELECT 1 FROM prune_ticket WHERE OLD.closed_at <= finished_at)
  OR EXISTS (SELECT 1 FROM job WHERE opened_by = OLD.id)
  OR EXISTS (SELECT 1 FROM claim WHERE from_owner = OLD.id)
  OR EXISTS (SELECT 1 FROM claim WHERE to_owner = OLD.id)
  OR EXISTS (SELECT 1 FROM owner WHERE ended_by = OLD.id)
  OR EXISTS (SELECT 1 FROM unresolvable_function WHERE reported_by = OLD.id)
BEGIN SELECT RAISE(ABORT, 'lastly: an owner is kept while it is open or anything refers to it; its id numbers a lock byte and is never reused'); END;

CREATE TRIGGER owner_is_counted
AFTER DELETE ON owner
BEGIN UPDATE pruned SET owners = owners + 1; END;
