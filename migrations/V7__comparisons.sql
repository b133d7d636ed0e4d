-- Comparisons instead of IN where rows are written. SQLite makes a table for each IN of more than two
-- values, once for each statement, for those of CHECKs and partial indexes, too. What was measured,
-- and with which SQLite: docs/design-decisions.md. What is allowed stays the same.

PRAGMA user_version = 7;

-- SQLite has no statement that changes a CHECK. This is how its documentation says to do it
-- (lang_altertable.html, "Making Other Kinds Of Table Schema Changes"), without a copy of the rows.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema SET sql = replace(replace(sql,
  'state IN (''deferred'', ''running'', ''retry_wait'', ''done'', ''cancelled'', ''quarantined'', ''discarded'')',
  'state = ''deferred'' OR state = ''running'' OR state = ''retry_wait'' OR state = ''done'' OR state = ''cancelled'' OR state = ''quarantined'' OR state = ''discarded'''),
  '(state IN (''done'', ''cancelled'', ''discarded''))',
  '(state = ''done'' OR state = ''cancelled'' OR state = ''discarded'')')
WHERE type = 'table' AND name = 'deferred_function';

UPDATE sqlite_schema SET sql = replace(sql,
  'outcome IN (''returned'', ''threw'', ''timed_out'', ''undecodable'', ''crashed'')',
  'outcome = ''returned'' OR outcome = ''threw'' OR outcome = ''timed_out'' OR outcome = ''undecodable'' OR outcome = ''crashed''')
WHERE type = 'table' AND name = 'attempt';

PRAGMA writable_schema = RESET;

-- SQLite takes a partial index only for a query with the same condition, so all that look for
-- unfinished functions say it like this.
DROP INDEX function_unfinished;
CREATE INDEX function_unfinished ON deferred_function (owner_id, job_id, id)
  WHERE state = 'deferred' OR state = 'running' OR state = 'retry_wait';
DROP INDEX function_finished;
CREATE INDEX function_finished ON deferred_function (finished_at)
  WHERE state = 'done' OR state = 'cancelled' OR state = 'discarded';

DROP TRIGGER owner_leaves_orphans;
CREATE TRIGGER owner_leaves_orphans
AFTER UPDATE OF closed_at ON owner
WHEN NEW.closed_at IS NOT NULL
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait'))
BEGIN UPDATE owner SET left_orphans = 1 WHERE id = NEW.id; END;

DROP TRIGGER owner_orphans_are_not_hidden;
CREATE TRIGGER owner_orphans_are_not_hidden
BEFORE UPDATE OF left_orphans ON owner
WHEN NEW.left_orphans = 0
 AND EXISTS (SELECT 1 FROM deferred_function
             WHERE owner_id = NEW.id AND (state = 'deferred' OR state = 'running' OR state = 'retry_wait'))
BEGIN SELECT RAISE(ABORT, 'lastly: this owner has left unfinished functions; have them run: lastly reap'); END;

DROP VIEW pending_function;
CREATE VIEW pending_function AS
SELECT f.id, f.name, f.state, j.name AS job, f.job_id, f.owner_id, f.owner_pid, f.owner_boot_id,
       f.function, f.arguments, f.attempts, f.max_attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.registered_at / 1000.0, 'unixepoch') AS registered,
       strftime('%Y-%m-%dT%H:%M:%fZ', f.not_before / 1000.0, 'unixepoch') AS due,
       f.last_error, o.doubt AS owner_doubt
FROM deferred_function f
JOIN job j ON j.id = f.job_id
JOIN owner o ON o.id = f.owner_id
WHERE (f.state = 'deferred' OR f.state = 'running' OR f.state = 'retry_wait');

-- Rows whose owner is known to have ended. An owner that has died is known from the first reap on.
DROP VIEW orphaned_function;
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
WHERE (f.state = 'deferred' OR f.state = 'running' OR f.state = 'retry_wait') AND o.closed_at IS NOT NULL;
