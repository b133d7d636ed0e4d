-- The same guards in fewer triggers. SQLite runs each trigger as a program of its own for each row,
-- whether its WHEN holds or not, and builds a table for each IN of more than two values: with one
-- trigger and plain comparisons a recovery takes much less time (docs/design-decisions.md).

PRAGMA user_version = 3;

DROP TRIGGER function_starts_deferred;
DROP TRIGGER function_needs_open_owner;
CREATE TRIGGER function_begins_well
BEFORE INSERT ON deferred_function
BEGIN
  SELECT CASE
    WHEN NEW.state <> 'deferred' OR NEW.attempts <> 0 OR NEW.claim_no <> 0
    THEN RAISE(ABORT, 'lastly: a function starts as deferred, with no attempt and no claim')
    WHEN NOT EXISTS (SELECT 1 FROM owner WHERE id = NEW.owner_id AND closed_at IS NULL
                     AND pid = NEW.owner_pid AND boot_id = NEW.owner_boot_id)
    THEN RAISE(ABORT, 'lastly: the owner has ended or is somebody else; open a new manager')
  END;
END;

DROP TRIGGER function_legal_move;
DROP TRIGGER function_retry_after_quarantine;
DROP TRIGGER function_final_is_fixed;
DROP TRIGGER function_attempts_only_grow;
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
    WHEN OLD.state = 'done' OR OLD.state = 'cancelled' OR OLD.state = 'discarded'
    THEN RAISE(ABORT, 'lastly: this function is finished, its row no longer changes')
    WHEN NEW.attempts <> OLD.attempts AND NOT (NEW.attempts = OLD.attempts + 1 AND NEW.state = 'running')
    THEN RAISE(ABORT, 'lastly: attempts are counted one by one, when a run starts')
    WHEN NEW.state <> OLD.state AND NOT (OLD.state = 'quarantined'
                                         AND (NEW.state = 'retry_wait' OR NEW.state = 'discarded'))
    THEN RAISE(ABORT, 'lastly: illegal change of state; see the table of states in docs/schema.md')
  END;
  -- A retry by an operator makes an orphan again of what a dead owner's quarantine held.
  UPDATE owner SET left_orphans = 1
  WHERE NEW.state = 'retry_wait' AND id = NEW.owner_id AND closed_at IS NOT NULL;
END;

-- An attempt that shared its commit with others began later than that: when it is closed, the time
-- at which it really began may be put in.
DROP TRIGGER attempt_is_closed_once;
CREATE TRIGGER attempt_is_closed_once
BEFORE UPDATE ON attempt
WHEN OLD.finished_at IS NOT NULL OR NEW.finished_at IS NULL OR NEW.function_id <> OLD.function_id
  OR NEW.number <> OLD.number OR NEW.owner_id <> OLD.owner_id OR NEW.started_at < OLD.started_at
BEGIN SELECT RAISE(ABORT, 'lastly: an attempt is history; it is closed once and then stays'); END;
