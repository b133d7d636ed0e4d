-- The feed of events: what happened, in the order of the commits. Triggers alone write it, so what
-- people and other programs change is in it, too.

PRAGMA user_version = 4;

-- One row for each event but registrations, which write nothing here. Ids of functions and of events
-- are both given out one by one, so id + functions numbers all events, registrations included, in
-- the order of the commits: 1, 2, 3 … That is an event's place; the place of the registration of
-- function f is f + the id of the last event before it.
--
-- Two rows for each attempt, so every byte counts: a kind that is 0 or 1 takes none, and the view
-- event_detail has the names.
CREATE TABLE event (
  id        INTEGER PRIMARY KEY,
  functions INTEGER NOT NULL,  -- the highest function id until then
  at        INTEGER NOT NULL,  -- taken inside the transaction
  kind      INTEGER NOT NULL,
  subject   INTEGER,           -- the id of a function (kinds 0 to 6), claim, owner or action
  number    INTEGER
) STRICT;

-- What every event begins with.
CREATE VIEW event_now AS
SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) AS functions,
       CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) AS at;

-- Registrations of before are in the feed, at 1, 2, 3 …; of all else the tables tell.
INSERT INTO event (id, functions, at, kind) SELECT 1, functions, at, 12 FROM event_now;

-- For Inspector.status(), which counts a million finished rows in a moment.
CREATE INDEX function_given_up ON deferred_function (state) WHERE state IN ('cancelled', 'discarded');

-- What becomes an event ---------------------------------------------------------------------------

CREATE TRIGGER event_of_function
AFTER UPDATE OF state ON deferred_function WHEN NEW.state <> OLD.state
BEGIN
  INSERT INTO event (functions, at, kind, subject, number)
  SELECT functions, at,
         CASE NEW.state
           WHEN 'running' THEN 0
           WHEN 'done' THEN 1
           WHEN 'retry_wait' THEN CASE OLD.state WHEN 'quarantined' THEN 4 ELSE 2 END
           WHEN 'quarantined' THEN 3
           WHEN 'cancelled' THEN 5
           WHEN 'discarded' THEN 6
         END,
         NEW.id, nullif(NEW.attempts, 0)
  FROM event_now;
END;

CREATE TRIGGER event_of_claim
AFTER INSERT ON claim
BEGIN
  INSERT INTO event (functions, at, kind, subject, number)
  SELECT functions, at, 7, NEW.id, NEW.rows FROM event_now;
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

-- Events are history ------------------------------------------------------------------------------

CREATE TRIGGER event_is_fixed
BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'lastly: events are history'); END;

-- Oldest first, so that there is never a gap; and not the newest, after which the next is numbered. A
-- time in the future is of a clock that was wrong: it must not keep all that came after it.
CREATE TRIGGER event_is_kept
BEFORE DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM prune_ticket
                 WHERE OLD.at <= finished_at OR OLD.at > (julianday('now') - 2440587.5) * 86400000)
  OR EXISTS (SELECT 1 FROM event WHERE id < OLD.id)
  OR OLD.id = (SELECT max(id) FROM event)
BEGIN SELECT RAISE(ABORT, 'lastly: events are history; the oldest go by lastly prune, or by the workers when they are old'); END;

-- For people --------------------------------------------------------------------------------------

-- All events but registrations, with what the tables know of them.
CREATE VIEW event_detail AS
SELECT e.id, e.id + e.functions AS place, e.functions, e.at AS at_ms,
       CASE e.kind
         WHEN 0 THEN 'started' WHEN 1 THEN 'done' WHEN 2 THEN 'failed' WHEN 3 THEN 'quarantined'
         WHEN 4 THEN 'retried' WHEN 5 THEN 'cancelled' WHEN 6 THEN 'discarded' WHEN 7 THEN 'claimed'
         WHEN 8 THEN 'owner_opened' WHEN 9 THEN 'owner_ended' WHEN 10 THEN 'operator'
         WHEN 11 THEN 'pruned' WHEN 12 THEN 'feed_began'
       END AS kind,
       CASE WHEN e.kind <= 6 THEN e.subject ELSE p.function_id END AS function_id,
       f.job_id,
       CASE WHEN e.kind IN (8, 9, 11) THEN e.subject
            WHEN e.kind = 5 THEN f.owner_id
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
       END AS detail
FROM event e
LEFT JOIN operator_action p ON p.id = e.subject AND e.kind = 10
LEFT JOIN deferred_function f ON f.id = CASE WHEN e.kind <= 6 THEN e.subject ELSE p.function_id END
LEFT JOIN attempt a ON a.function_id = e.subject AND a.number = e.number AND e.kind <= 3
LEFT JOIN owner o ON o.id = e.subject AND e.kind IN (8, 9)
LEFT JOIN claim c ON c.id = e.subject AND e.kind = 7;

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
