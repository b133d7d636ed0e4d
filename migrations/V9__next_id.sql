-- Whoever knows which id comes next may say it, and need not ask for it afterwards. It must be just
-- the next: an id that was pruned would mean another function, and a gap would be an event of which
-- nobody knows what it was.

PRAGMA user_version = 9;

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
    -- An id that is left out, which will be the next, is shown as -1 here.
    WHEN NEW.id <> -1
     AND NEW.id <> ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) + 1
    THEN RAISE(ABORT, 'lastly: ids of functions are given one by one; leave the id out (docs/protocol.md: registering a command)')
  END;
END;
