-- Each refusal names the command, or the statement, by which it is done properly. The logic of the
-- triggers is what it was; two at the end are new. Messages are literals, one for each case:
-- before SQLite 3.47 RAISE takes no expression.

PRAGMA user_version = 5;

-- Owners -----------------------------------------------------------------------------------------

DROP TRIGGER owner_identity_is_fixed;
CREATE TRIGGER owner_identity_is_fixed
BEFORE UPDATE OF id, pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at ON owner
BEGIN SELECT RAISE(ABORT, 'lastly: who an owner is never changes; another process is another owner, and opens a manager of its own'); END;

DROP TRIGGER owner_ends_once;
CREATE TRIGGER owner_ends_once
BEFORE UPDATE OF closed_at, end_reason, ended_by, evidence ON owner WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has ended; an owner ends once and is never reopened; open a new manager'); END;

DROP TRIGGER owner_orphans_are_not_hidden;
CREATE TRIGGER owner_orphans_are_not_hidden
BEFORE UPDATE OF left_orphans ON owner
WHEN NEW.left_orphans = 0
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND state IN ('deferred', 'running', 'retry_wait'))
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has left unfinished functions; have them run: lastly reap'); END;

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
BEGIN SELECT RAISE(ABORT, 'lastly: an owner is kept while it is open or anything refers to it (its id numbers a lock byte and is never reused); it goes when it is old: lastly prune'); END;

-- Deferred functions -----------------------------------------------------------------------------

DROP TRIGGER function_begins_well;
CREATE TRIGGER function_begins_well
BEFORE INSERT ON deferred_function
BEGIN
  SELECT CASE
    WHEN NEW.state <> 'deferred' OR NEW.attempts <> 0 OR NEW.claim_no <> 0
    THEN RAISE(ABORT, 'lastly: a function starts as deferred, with no attempt and no claim; how to register one: docs/protocol.md, or lastly defer')
    WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                     AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
    THEN RAISE(ABORT, 'lastly: the owner has ended or is somebody else; open a new manager (docs/protocol.md: register an owner)')
  END;
END;

-- Why this is one trigger, with comparisons instead of IN: see V3.
DROP TRIGGER function_changes_legally;
CREATE TRIGGER function_changes_legally
BEFORE UPDATE ON deferred_function
WHEN OLD.state = 'done' OR OLD.state = 'cancelled' OR OLD.state = 'discarded' OR OLD.state = 'quarantined'
  OR (NEW.attempts <> OLD.attempts AND NOT (NEW.attempts = OLD.attempts + 1 AND NEW.state = 'running'))
  OR (NEW.state <> OLD.state AND NOT CASE OLD.state
        WHEN 'deferred' THEN NEW.state = 'running' OR NEW.state = 'cancelled'
        WHEN 'running' THEN NEW.state = 'done' OR NEW.state = 'retry_wait' OR NEW.state = 'quarantined'
        ELSE NEW.state = 'running' END)
BEGIN
  SELECT CASE
    WHEN OLD.state IN ('done', 'cancelled', 'discarded') AND NEW.state = OLD.state
    THEN RAISE(ABORT, 'lastly: this function is finished, its row no longer changes; if it must run again, defer it again')
    WHEN OLD.state IN ('done', 'cancelled', 'discarded')
    THEN RAISE(ABORT, 'lastly: illegal change of state; this function is finished; if it must run again, defer it again')
    WHEN NEW.attempts <> OLD.attempts AND NOT (NEW.attempts = OLD.attempts + 1 AND NEW.state = 'running')
    THEN RAISE(ABORT, 'lastly: attempts are counted one by one, when a run starts; to give a quarantined function more of them: lastly retry ID')
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

DROP TRIGGER function_call_is_fixed;
CREATE TRIGGER function_call_is_fixed
BEFORE UPDATE OF id, job_id, name, function, class_digest, module, arguments, registered_at ON deferred_function
BEGIN SELECT RAISE(ABORT, 'lastly: what a function calls never changes; defer another, and withdraw this one: lastly cancel ID, or if it is quarantined: lastly discard ID --reason TEXT'); END;

DROP TRIGGER function_changes_owner_by_claim;
CREATE TRIGGER function_changes_owner_by_claim
BEFORE UPDATE OF owner_id, owner_pid, owner_boot_id, claim_no ON deferred_function
WHEN (NEW.owner_id <> OLD.owner_id OR NEW.claim_no <> OLD.claim_no
      OR NEW.owner_pid <> OLD.owner_pid OR NEW.owner_boot_id <> OLD.owner_boot_id)
 AND NOT (NEW.owner_id <> OLD.owner_id AND NEW.claim_no = OLD.claim_no + 1
      AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.owner_id AND closed_at IS NOT NULL)
      AND EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                  AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id))
BEGIN SELECT RAISE(ABORT, 'lastly: a function changes owner only by a claim, from an owner that has ended to one that is open: lastly reap; if you know that owner N is dead: lastly reap --owner N --force --reason TEXT'); END;

DROP TRIGGER function_is_never_lost;
CREATE TRIGGER function_is_never_lost
BEFORE DELETE ON deferred_function WHEN OLD.state NOT IN ('done', 'cancelled', 'discarded')
BEGIN
  SELECT CASE OLD.state
    WHEN 'deferred' THEN RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; withdraw it: lastly cancel ID')
    WHEN 'quarantined' THEN RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; give it up, with a reason: lastly discard ID --reason TEXT')
    ELSE RAISE(ABORT, 'lastly: an unfinished or quarantined function is never deleted; have it run: lastly reap')
  END;
END;

DROP TRIGGER function_goes_by_prune;
CREATE TRIGGER function_goes_by_prune
BEFORE DELETE ON deferred_function
WHEN OLD.state IN ('done', 'cancelled', 'discarded') AND NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: a finished function is not removed by DELETE but by: lastly prune, or by the workers when it is old; see finishedRetention'); END;

DROP TRIGGER function_goes_when_old;
CREATE TRIGGER function_goes_when_old
BEFORE DELETE ON deferred_function
WHEN OLD.state IN ('done', 'cancelled', 'discarded')
 AND EXISTS (SELECT 1 FROM prune_ticket WHERE (OLD.finished_at, OLD.id) > (finished_at, function_id))
BEGIN SELECT RAISE(ABORT, 'lastly: this function finished too recently to be pruned; it goes later: lastly prune'); END;

-- History ----------------------------------------------------------------------------------------

DROP TRIGGER attempt_is_closed_once;
CREATE TRIGGER attempt_is_closed_once
BEFORE UPDATE ON attempt
WHEN OLD.finished_at IS NOT NULL OR NEW.finished_at IS NULL OR NEW.function_id <> OLD.function_id
  OR NEW.number <> OLD.number OR NEW.owner_id <> OLD.owner_id OR NEW.started_at < OLD.started_at
BEGIN SELECT RAISE(ABORT, 'lastly: an attempt is history; it is closed once and then stays; for another one: lastly retry ID'); END;

DROP TRIGGER attempt_is_kept;
CREATE TRIGGER attempt_is_kept
BEFORE DELETE ON attempt WHEN EXISTS (SELECT 1 FROM deferred_function WHERE id = OLD.function_id)
BEGIN SELECT RAISE(ABORT, 'lastly: attempts are history; they go only with their function: lastly prune'); END;

DROP TRIGGER claim_is_fixed;
CREATE TRIGGER claim_is_fixed BEFORE UPDATE ON claim
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history and never change; to add a remark: INSERT INTO operator_action'); END;

DROP TRIGGER claimed_job_is_fixed;
CREATE TRIGGER claimed_job_is_fixed BEFORE UPDATE ON claimed_job
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history and never change; to add a remark: INSERT INTO operator_action'); END;

DROP TRIGGER claim_is_kept;
CREATE TRIGGER claim_is_kept
BEFORE DELETE ON claim
WHEN EXISTS (SELECT 1 FROM claimed_job WHERE claim_id = OLD.id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their jobs: lastly prune'); END;

DROP TRIGGER claimed_job_is_kept;
CREATE TRIGGER claimed_job_is_kept
BEFORE DELETE ON claimed_job
WHEN EXISTS (SELECT 1 FROM job WHERE id = OLD.job_id) OR NOT EXISTS (SELECT 1 FROM prune_ticket)
BEGIN SELECT RAISE(ABORT, 'lastly: claims are history; they go only with their jobs: lastly prune'); END;

DROP TRIGGER job_is_kept;
CREATE TRIGGER job_is_kept
BEFORE DELETE ON job
WHEN NOT EXISTS (SELECT 1 FROM prune_ticket)
  OR EXISTS (SELECT 1 FROM deferred_function WHERE job_id = OLD.id)
  OR (OLD.closed_at IS NULL AND EXISTS (SELECT 1 FROM owner WHERE id = OLD.opened_by AND closed_at IS NULL))
BEGIN SELECT RAISE(ABORT, 'lastly: a job is kept while it is open or has functions; it goes with the last of them: lastly prune'); END;

DROP TRIGGER operator_action_is_fixed;
CREATE TRIGGER operator_action_is_fixed BEFORE UPDATE ON operator_action
BEGIN SELECT RAISE(ABORT, 'lastly: what people did is history; to correct it: INSERT INTO operator_action'); END;

DROP TRIGGER operator_action_is_kept;
CREATE TRIGGER operator_action_is_kept BEFORE DELETE ON operator_action
BEGIN SELECT RAISE(ABORT, 'lastly: what people did is history and is never deleted; to correct it: INSERT INTO operator_action'); END;

DROP TRIGGER event_is_fixed;
CREATE TRIGGER event_is_fixed
BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'lastly: events are history and never change; to add a remark: INSERT INTO operator_action'); END;

-- Pruning ----------------------------------------------------------------------------------------

DROP TRIGGER pruned_only_grows;
CREATE TRIGGER pruned_only_grows
BEFORE UPDATE ON pruned
WHEN NEW.functions < OLD.functions OR NEW.jobs < OLD.jobs OR NEW.claims < OLD.claims OR NEW.owners < OLD.owners
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

DROP TRIGGER pruned_is_kept;
CREATE TRIGGER pruned_is_kept
BEFORE DELETE ON pruned
BEGIN SELECT RAISE(ABORT, 'lastly: what has been pruned is counted and never uncounted; the triggers count it: lastly prune'); END;

DROP TRIGGER prune_ticket_of_an_open_owner;
CREATE TRIGGER prune_ticket_of_an_open_owner
BEFORE INSERT ON prune_ticket
WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'lastly: only an open manager prunes: lastly prune'); END;

-- New --------------------------------------------------------------------------------------------

CREATE TRIGGER job_is_fixed
BEFORE UPDATE OF id, name, opened_by, opened_at ON job
BEGIN SELECT RAISE(ABORT, 'lastly: which job it is, and who opened it, never changes; open another job'); END;

CREATE TRIGGER job_closes_once
BEFORE UPDATE OF closed_at ON job WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'lastly: this job has ended; a job ends once and is never reopened; open another job'); END;

-- For function_changes_legally: a person's move has a name and a reason, whoever makes it and however.
CREATE INDEX operator_action_function ON operator_action (function_id) WHERE function_id IS NOT NULL;

