-- What must be true of every committed state of a Lastly database: each query returns the rows that
-- break its rule, so nothing at all from a sound database. By hand: sqlite3 deferred.db < invariants.sql
--
-- A rule begins with a line "--@ name: what must be true". No rule compares times that different
-- transactions wrote: the clock of a node may step back at any moment. What came first is told by
-- ids, by claim_no, and by the feed of events, whose ids are in the order of the commits. Its oldest
-- events are pruned; a rule says nothing of what they would have told.

--@ known_application: the file says that it is Lastly's, and of the version that was migrated to (the migration's number plus 9)
SELECT 'application_id' AS what, a.application_id AS found, 1280529497 AS expected
FROM pragma_application_id a WHERE a.application_id <> 1280529497
UNION ALL
SELECT 'user_version', v.user_version, h.version
FROM pragma_user_version v,
     (SELECT max(CAST(version AS INTEGER)) + 9 AS version FROM flyway_schema_history WHERE success) h
WHERE v.user_version IS NOT h.version;

--@ integrity: the file is sound (PRAGMA integrity_check)
SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok';

--@ foreign_keys: every reference leads somewhere (PRAGMA foreign_key_check)
SELECT "table", rowid, parent, fkid FROM pragma_foreign_key_check;

-- P3, P7: nothing goes but by pruning --------------------------------------------------------------

--@ no_row_is_missing: ids are given out without a gap, so what is not there has been pruned
SELECT 'deferred_function' AS "table", ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'deferred_function'), 0) AS ids,
       (SELECT count(*) FROM deferred_function) AS there, p.functions AS pruned FROM pruned p WHERE ids <> there + p.functions
UNION ALL
SELECT 'job', ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'job'), 0) AS ids,
       (SELECT count(*) FROM job) AS there, p.jobs FROM pruned p WHERE ids <> there + p.jobs
UNION ALL
SELECT 'claim', ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'claim'), 0) AS ids,
       (SELECT count(*) FROM claim) AS there, p.claims FROM pruned p WHERE ids <> there + p.claims
UNION ALL
SELECT 'owner', ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'owner'), 0) AS ids,
       (SELECT count(*) FROM owner) AS there, p.owners FROM pruned p WHERE ids < there + p.owners
UNION ALL
SELECT 'pruned', 1, (SELECT count(*) FROM pruned), 0 WHERE (SELECT count(*) FROM pruned) <> 1;

--@ no_ticket_is_left: what lets a transaction prune is gone when it commits
SELECT id, owner_id, finished_at, function_id FROM prune_ticket;

--@ empty_job_was_pruned: a job has functions, or had them until they were pruned
SELECT j.id, j.name, j.pruned FROM job j
WHERE j.pruned = 0 AND NOT EXISTS (SELECT 1 FROM deferred_function f WHERE f.job_id = j.id);

--@ pruned_adds_up: what was pruned of the jobs that are there is part of all that was pruned
SELECT p.functions, (SELECT sum(j.pruned) FROM job j) AS of_jobs FROM pruned p
WHERE p.functions < (SELECT sum(j.pruned) FROM job j);

-- P2, P7: owners and claims ----------------------------------------------------------------------

--@ row_names_its_owner: a row repeats the pid and boot id of the owner that it names
SELECT f.id, f.state, f.owner_id, f.owner_pid, f.owner_boot_id, o.pid, o.boot_id
FROM deferred_function f LEFT JOIN owner o ON o.id = f.owner_id
WHERE o.id IS NULL OR o.pid <> f.owner_pid OR o.boot_id <> f.owner_boot_id;

--@ owner_end_is_explained: who closed by itself names nobody; who died was found dead by another, with evidence
SELECT id, end_reason, ended_by, evidence FROM owner
WHERE (closed_at IS NULL AND (end_reason IS NOT NULL OR ended_by IS NOT NULL OR evidence IS NOT NULL))
   OR (end_reason IN ('closed', 'shutdown') AND (ended_by IS NOT NULL OR evidence IS NOT NULL))
   OR (end_reason = 'died' AND (ended_by IS NULL OR ended_by = id OR ifnull(evidence, '') = ''))
   OR (end_reason = 'forced' AND ifnull(evidence, '') = '');

--@ claim_only_from_the_ended: a claim takes from an owner that has ended, gives to another, and says which proof it had
SELECT c.id, c.from_owner, c.to_owner, c.verdict, f.end_reason
FROM claim c LEFT JOIN owner f ON f.id = c.from_owner LEFT JOIN owner t ON t.id = c.to_owner
WHERE f.id IS NULL OR t.id IS NULL OR c.from_owner = c.to_owner OR c.evidence = ''
   OR (c.verdict <> 'RELEASED' AND (f.closed_at IS NULL OR (c.verdict = 'FORCED') <> (f.end_reason = 'forced')));

--@ release_only_to_whence_it_came: what is given back goes to the ended owner from which it was claimed before
SELECT c.id, c.from_owner, c.to_owner, t.closed_at, cj.job_id
FROM claim c JOIN claimed_job cj ON cj.claim_id = c.id LEFT JOIN owner t ON t.id = c.to_owner
WHERE c.verdict = 'RELEASED'
  AND (t.closed_at IS NULL
       OR NOT EXISTS (SELECT 1 FROM claimed_job bj JOIN claim b ON b.id = bj.claim_id
                      WHERE bj.job_id = cj.job_id AND b.id < c.id
                        AND b.from_owner = c.to_owner AND b.to_owner = c.from_owner));

--@ orphans_can_be_found: an owner that has ended and left anything unfinished says so
SELECT o.id, o.closed_at, count(*) AS unfinished FROM owner o JOIN deferred_function f ON f.owner_id = o.id
WHERE o.closed_at IS NOT NULL AND o.left_orphans = 0
  AND (f.state = 'deferred' OR f.state = 'running' OR f.state = 'retry_wait')
GROUP BY o.id;

--@ claim_adds_up: a claim's number of rows is the sum over its jobs; not less, if jobs were pruned since
SELECT c.id, c.rows, (SELECT sum(j.rows) FROM claimed_job j WHERE j.claim_id = c.id) AS in_jobs
FROM claim c
WHERE (SELECT sum(j.rows) FROM claimed_job j WHERE j.claim_id = c.id) IS NULL
   OR c.rows < (SELECT sum(j.rows) FROM claimed_job j WHERE j.claim_id = c.id)
   OR ((SELECT jobs FROM pruned) = 0
       AND c.rows <> (SELECT sum(j.rows) FROM claimed_job j WHERE j.claim_id = c.id));

--@ every_move_is_a_claim: the rows of a job, with those that were pruned, have moved exactly as often as its claims say
WITH moved (job_id, moves) AS (SELECT job_id, sum(claim_no) FROM deferred_function GROUP BY job_id),
claimed (job_id, moves) AS (SELECT job_id, sum(rows) FROM claimed_job GROUP BY job_id)
SELECT j.id AS job_id, ifnull(m.moves, 0) AS moves, j.pruned_moves, ifnull(c.moves, 0) AS in_claims
FROM job j LEFT JOIN moved m ON m.job_id = j.id LEFT JOIN claimed c ON c.job_id = j.id
WHERE ifnull(m.moves, 0) + j.pruned_moves <> ifnull(c.moves, 0);

--@ owner_by_chain_of_claims: a row's owner opened its job, or got it by as many claims in a row as claim_no says
WITH RECURSIVE step (job_id, from_owner, to_owner) AS (
  SELECT DISTINCT cj.job_id, c.from_owner, c.to_owner FROM claimed_job cj JOIN claim c ON c.id = cj.claim_id),
reached (job_id, owner_id, claim_no) AS (
  SELECT id, opened_by, 0 FROM job
  UNION
  SELECT r.job_id, s.to_owner, r.claim_no + 1
  FROM reached r JOIN step s ON s.job_id = r.job_id AND s.from_owner = r.owner_id
  WHERE r.claim_no < (SELECT count(*) FROM claimed_job WHERE job_id = r.job_id))
SELECT f.id, f.job_id, f.state, f.owner_id, f.claim_no, j.opened_by
FROM deferred_function f JOIN job j ON j.id = f.job_id
WHERE (f.job_id, f.owner_id, f.claim_no) NOT IN (SELECT job_id, owner_id, claim_no FROM reached);

--@ attempt_by_an_owner: only the owner that opened the job, or one that claimed it, has ever run its functions
SELECT a.function_id, a.number, a.owner_id, j.opened_by
FROM attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
WHERE a.owner_id <> j.opened_by
  AND NOT EXISTS (SELECT 1 FROM claimed_job cj JOIN claim c ON c.id = cj.claim_id
                  WHERE cj.job_id = f.job_id AND c.to_owner = a.owner_id AND c.verdict <> 'RELEASED');

-- P3, P4, P6: states and attempts ----------------------------------------------------------------

--@ attempts_are_counted: a row's count is the number of its attempts, which are numbered from 1 without a gap
SELECT f.id, f.state, f.attempts, count(a.number) AS rows, min(a.number) AS first, max(a.number) AS last
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id
GROUP BY f.id
HAVING count(a.number) <> f.attempts
    OR (f.attempts > 0 AND (min(a.number) <> 1 OR max(a.number) <> f.attempts));

--@ running_means_one_open_attempt: a row is running if and only if its last attempt, made by its owner, is open
SELECT f.id, f.state, f.owner_id, f.attempts, a.number, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id AND a.finished_at IS NULL
WHERE (f.state = 'running') <> (a.number IS NOT NULL)
   OR (a.number IS NOT NULL AND (a.number <> f.attempts OR a.owner_id <> f.owner_id));

--@ done_means_returned_once: a row is done if and only if its last attempt, made by its owner, returned; no other did
SELECT f.id, f.state, f.owner_id, f.attempts, a.number, a.outcome, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id AND a.outcome = 'returned'
WHERE (f.state = 'done') <> (a.number IS NOT NULL)
   OR (a.number IS NOT NULL AND (a.number <> f.attempts OR a.owner_id <> f.owner_id));

--@ unstarted_has_no_attempt: deferred and cancelled rows have never run, and only the opener of a job, or a person, cancels
SELECT f.id, f.state, f.attempts, f.claim_no FROM deferred_function f
WHERE (f.state IN ('deferred', 'cancelled') AND f.attempts <> 0)
   OR (f.state = 'cancelled' AND f.claim_no <> 0
       AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id));

--@ retry_has_a_cause: a row waits for a retry if and only if it has a due time; then an attempt failed, or its owner could not begin one and says why; and another is left
SELECT f.id, f.state, f.not_before, f.attempts, f.max_attempts, a.outcome
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE (f.state = 'retry_wait') <> (f.not_before IS NOT NULL)
   OR (f.state = 'retry_wait' AND f.attempts >= f.max_attempts)
   OR (f.state = 'retry_wait' AND (a.outcome IS NULL OR a.outcome NOT IN ('threw', 'timed_out', 'crashed', 'unresolvable'))
       AND NOT (f.attempts = 0 AND f.last_error IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id));

--@ unresolvable_uses_up_nothing: a row gets one more attempt for each that its process could not do faithfully
SELECT f.id, f.state, f.max_attempts, count(*) AS unresolvable
FROM attempt a JOIN deferred_function f ON f.id = a.function_id
WHERE a.outcome = 'unresolvable'
GROUP BY f.id HAVING count(*) >= f.max_attempts;

--@ unresolvable_names_its_function: what was reported of one row names that row, and the code that it calls
SELECT u.function, u.class_digest, u.function_id, f.function AS calls
FROM unresolvable_function u JOIN deferred_function f ON f.id = u.function_id
WHERE u.function_id <> 0 AND (f.function <> u.function OR ifnull(f.class_digest, '') <> u.class_digest);

--@ quarantine_has_a_cause: a quarantined row has used up its attempts, or cannot be called, or hangs; its last attempt, made by its owner, failed and says why; or a person has quarantined it
SELECT f.id, f.owner_id, f.attempts, f.max_attempts, f.last_error, a.outcome, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE f.state = 'quarantined'
  AND (a.outcome IS NULL OR a.outcome = 'returned' OR a.owner_id <> f.owner_id OR f.last_error IS NULL
       OR (f.attempts < f.max_attempts AND a.outcome NOT IN ('undecodable', 'timed_out')))
  AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id AND p.action = 'quarantine');

--@ discarded_by_a_person: a discarded row names an operator's act
SELECT f.id, f.owner_id FROM deferred_function f
WHERE f.state = 'discarded'
  AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id);

--@ failure_has_an_error: an attempt that has ended and did not return says what went wrong, one that returned does not
SELECT function_id, number, outcome, error FROM attempt
WHERE finished_at IS NOT NULL AND (outcome = 'returned') <> (error IS NULL);

--@ crash_needs_an_end: only an attempt of an owner that has ended is answered as crashed
SELECT a.function_id, a.number, a.owner_id FROM attempt a JOIN owner o ON o.id = a.owner_id
WHERE a.outcome = 'crashed' AND o.closed_at IS NULL;

--@ not_before_the_job_ends: whoever opened a job runs its functions only when it has ended
SELECT a.function_id, a.number, a.owner_id, f.job_id
FROM attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
WHERE a.owner_id = j.opened_by AND j.closed_at IS NULL;

-- P7: the feed of events. Old events are pruned, the oldest first; what happened to functions that were registered
-- since the oldest one is in it from beginning to end. ------------------------------------------------------------

--@ feed_has_no_gap: events are numbered one by one, and of the ids of functions that they saw none was ever taken back
SELECT id, previous, functions, functions_before FROM (
  SELECT id, functions, lag(id) OVER feed AS previous, lag(functions) OVER feed AS functions_before
  FROM event WINDOW feed AS (ORDER BY id))
WHERE previous IS NOT NULL AND (id <> previous + 1 OR functions < functions_before)
UNION ALL
SELECT e.id, NULL, e.functions, n.functions FROM event e, event_now n WHERE e.functions > n.functions
UNION ALL
SELECT NULL, NULL, NULL, n.functions FROM event_now n WHERE NOT EXISTS (SELECT 1 FROM event);

-- A function that has never run may be postponed, or quarantined by a person: then there is no number of an attempt.
--@ event_tells_of_something: each event is of a known kind, names its subject, and only the first is the beginning
SELECT id, kind, subject, number FROM event
WHERE kind NOT BETWEEN 0 AND 13 OR (kind = 12) <> (id = 1) OR (kind = 12) <> (subject IS NULL)
   OR (kind IN (0, 1, 7, 11, 13) AND number IS NULL) OR (kind IN (5, 8, 9, 10, 12) AND number IS NOT NULL);

--@ state_is_the_last_event: a function is in the state that its last event says; if none tells of it, it waits or is old
WITH last (subject, id) AS (SELECT subject, max(id) FROM event WHERE kind <= 6 GROUP BY subject),
oldest (functions) AS (SELECT functions FROM event ORDER BY id LIMIT 1)
SELECT f.id, f.state, e.id AS event, e.kind
FROM deferred_function f CROSS JOIN oldest o LEFT JOIN last l ON l.subject = f.id LEFT JOIN event e ON e.id = l.id
WHERE (e.id IS NULL AND f.state <> 'deferred' AND f.id > o.functions)
   OR f.state <> CASE e.kind WHEN 0 THEN 'running' WHEN 1 THEN 'done' WHEN 3 THEN 'quarantined'
                             WHEN 5 THEN 'cancelled' WHEN 6 THEN 'discarded' ELSE 'retry_wait' END
      AND e.id IS NOT NULL;

--@ events_are_legal_moves: the events of a function follow one another as the table of states says
SELECT id, subject, before, kind FROM (
  SELECT e.id, e.subject, e.kind, e.number, o.functions, lag(e.kind) OVER (PARTITION BY e.subject ORDER BY e.id) AS before
  FROM event e, (SELECT functions FROM event ORDER BY id LIMIT 1) o WHERE e.kind <= 6)
WHERE CASE WHEN before IS NULL THEN subject > functions AND kind NOT IN (0, 3, 5) AND NOT (kind = 2 AND number IS NULL)
           ELSE (before, kind) NOT IN (VALUES (0, 1), (0, 2), (0, 3), (2, 0), (2, 3), (3, 4), (3, 6), (4, 0), (4, 3)) END;

--@ attempts_are_events: each attempt began with an event, and was answered with one that agrees
WITH begun (function_id, number) AS (SELECT DISTINCT subject, number FROM event WHERE kind = 0),
answered (function_id, number, kind) AS (SELECT subject, number, min(kind) FROM event WHERE kind BETWEEN 1 AND 3 GROUP BY subject, number)
SELECT a.function_id, a.number, a.outcome, b.number AS begun, e.kind AS answered
FROM attempt a
LEFT JOIN begun b ON b.function_id = a.function_id AND b.number = a.number
LEFT JOIN answered e ON e.function_id = a.function_id AND e.number = a.number
WHERE (a.function_id > (SELECT functions FROM event ORDER BY id LIMIT 1)
       AND (b.number IS NULL OR (a.finished_at IS NULL) <> (e.kind IS NULL)))
   OR (e.kind = 1) <> (a.outcome = 'returned');

--@ owners_are_events: each owner that opened since the oldest event of that kind has one, and one more if it ended
WITH opened (id, events) AS (SELECT subject, count(*) FROM event WHERE kind = 8 GROUP BY subject),
ended (id, events) AS (SELECT subject, count(*) FROM event WHERE kind = 9 GROUP BY subject)
SELECT o.id, o.closed_at, p.events AS opened, e.events AS ended
FROM owner o LEFT JOIN opened p ON p.id = o.id LEFT JOIN ended e ON e.id = o.id
WHERE (o.id >= (SELECT min(id) FROM opened)
       AND (p.events IS NOT 1 OR ifnull(e.events, 0) <> (o.closed_at IS NOT NULL)))
   OR (o.closed_at IS NULL AND e.events > 0) OR e.events > 1;

--@ claims_are_events: each claim since the oldest event of that kind has one, and so has each by an owner that opened since
WITH claimed (id, events) AS (SELECT subject, count(*) FROM event WHERE kind IN (7, 13) GROUP BY subject)
SELECT c.id, c.to_owner, e.events FROM claim c LEFT JOIN claimed e ON e.id = c.id
WHERE (c.id >= (SELECT min(id) FROM claimed) OR max(c.from_owner, c.to_owner) >= (SELECT min(subject) FROM event WHERE kind = 8))
  AND e.events IS NOT 1;

--@ acts_are_events: each act of a person since the oldest event of that kind has one
WITH acted (id, events) AS (SELECT subject, count(*) FROM event WHERE kind = 10 GROUP BY subject)
SELECT p.id, p.action, e.events FROM operator_action p LEFT JOIN acted e ON e.id = p.id
WHERE p.id >= (SELECT min(id) FROM acted) AND e.events IS NOT 1;

-- The order of commits. An owner that was ended by force, but lived, goes on for a while: no rule for it. ------------

--@ order_of_an_owner: an owner ends after it opened, and was found dead by one that was open
SELECT o.id, s.id AS opened, e.id AS ended, o.ended_by, bs.id AS other_opened, be.id AS other_ended
FROM owner o
JOIN event e ON e.kind = 9 AND e.subject = o.id
LEFT JOIN event s ON s.kind = 8 AND s.subject = o.id
LEFT JOIN owner b ON b.id = o.ended_by
LEFT JOIN event bs ON bs.kind = 8 AND bs.subject = o.ended_by
LEFT JOIN event be ON be.kind = 9 AND be.subject = o.ended_by
WHERE e.id < s.id OR e.id < bs.id OR (e.id > be.id AND b.end_reason <> 'forced');

--@ order_of_a_function: a function is registered while the owner that opened its job is open; when it is done, so is its attempt
SELECT f.id, j.opened_by, s.functions AS functions_when_opened, e.functions AS functions_when_ended, NULL AS finished_at
FROM deferred_function f JOIN job j ON j.id = f.job_id
LEFT JOIN event s ON s.kind = 8 AND s.subject = j.opened_by
LEFT JOIN event e ON e.kind = 9 AND e.subject = j.opened_by
WHERE s.functions >= f.id OR e.functions < f.id
UNION ALL
SELECT f.id, NULL, NULL, NULL, f.finished_at -- both were written in one transaction
FROM deferred_function f JOIN attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE f.state = 'done' AND f.finished_at <> a.finished_at;

--@ order_of_a_job: all functions of a job are registered before the first of them is begun
WITH begun (job_id, functions) AS (
  SELECT f.job_id, min(e.functions) FROM event e JOIN deferred_function f ON f.id = e.subject
  WHERE e.kind = 0 GROUP BY f.job_id)
SELECT f.job_id, max(f.id) AS last_registered, b.functions AS functions_at_first_begin
FROM deferred_function f JOIN begun b ON b.job_id = f.job_id
GROUP BY f.job_id HAVING max(f.id) > b.functions;

--@ order_of_an_attempt: an attempt is begun, and unless its process died also answered, by an owner that is open
WITH step (function_id, number, owner_id, outcome, begun, answered) AS (
  SELECT a.function_id, a.number, a.owner_id, a.outcome,
         min(CASE WHEN e.kind = 0 THEN e.id END), min(CASE WHEN e.kind > 0 THEN e.id END)
  FROM attempt a JOIN event e ON e.kind <= 3 AND e.subject = a.function_id AND e.number = a.number
  GROUP BY a.function_id, a.number)
SELECT a.function_id, a.number, a.owner_id, a.outcome, s.id AS opened, a.begun, a.answered, e.id AS ended
FROM step a JOIN owner o ON o.id = a.owner_id
LEFT JOIN event s ON s.kind = 8 AND s.subject = a.owner_id
LEFT JOIN event e ON e.kind = 9 AND e.subject = a.owner_id
WHERE a.begun IS NOT NULL AND
  (a.begun < s.id OR a.answered < a.begun
   OR (a.begun > e.id AND o.end_reason <> 'forced')
   OR (a.outcome <> 'crashed' AND a.answered > e.id AND o.end_reason <> 'forced')
   OR (a.outcome = 'crashed' AND a.answered < e.id));

--@ order_of_a_claim: a claim follows the end of the old owner, while the new one is open; giving back, the other way round
SELECT c.id, c.verdict, k.id AS claimed, c.from_owner, c.to_owner, f.id AS ended, s.id AS opened, e.id AS open_until
FROM claim c JOIN event k ON k.kind IN (7, 13) AND k.subject = c.id
LEFT JOIN event f ON f.kind = 9 AND f.subject = CASE c.verdict WHEN 'RELEASED' THEN c.to_owner ELSE c.from_owner END
LEFT JOIN event s ON s.kind = 8 AND s.subject = CASE c.verdict WHEN 'RELEASED' THEN c.from_owner ELSE c.to_owner END
LEFT JOIN event e ON e.kind = 9 AND e.subject = CASE c.verdict WHEN 'RELEASED' THEN c.from_owner ELSE c.to_owner END
WHERE k.id < f.id OR k.id < s.id OR k.id > e.id;

--@ run_after_the_claim: an owner that did not open the job runs its functions only from its first claim on
SELECT b.subject AS function_id, b.number, a.owner_id, b.id AS begun, min(k.id) AS claimed
FROM event b JOIN attempt a ON a.function_id = b.subject AND a.number = b.number
JOIN deferred_function f ON f.id = b.subject JOIN job j ON j.id = f.job_id
JOIN claimed_job cj ON cj.job_id = f.job_id JOIN claim c ON c.id = cj.claim_id AND c.to_owner = a.owner_id
LEFT JOIN event k ON k.kind = 7 AND k.subject = c.id
WHERE b.kind = 0 AND a.owner_id <> j.opened_by AND c.verdict <> 'RELEASED'
GROUP BY b.id
HAVING count(k.id) = count(*) AND b.id < min(k.id);

-- A step is the begin of an attempt, or its answer, which is what next happens to its function.
--@ one_attempt_at_a_time: the attempts of a function are begun in the order of their numbers, each when the last was answered
WITH step (id, subject, kind, number) AS (
  SELECT id, subject, kind, number FROM (
    SELECT id, subject, kind, number, lag(kind) OVER (PARTITION BY subject ORDER BY id) AS before
    FROM event WHERE kind <= 6 AND subject > (SELECT functions FROM event ORDER BY id LIMIT 1))
  WHERE kind = 0 OR (kind <= 3 AND before = 0))
SELECT subject AS function_id, number, previous, open FROM (
  SELECT subject, kind, number, lag(number) OVER feed AS previous,
         sum(CASE kind WHEN 0 THEN 1 ELSE -1 END) OVER feed AS open
  FROM step WINDOW feed AS (PARTITION BY subject ORDER BY id))
WHERE open NOT IN (0, 1) OR number IS NOT ifnull(previous, 0) + (kind = 0);

-- First attempts that share a commit are begun together, with no answer between them.
--@ one_function_at_a_time: an owner runs the functions of a job one after the other, or begins first attempts together
WITH step (id, subject, kind, number) AS (
  SELECT id, subject, kind, number FROM (
    SELECT id, subject, kind, number, lag(kind) OVER (PARTITION BY subject ORDER BY id) AS before
    FROM event WHERE kind <= 6 AND subject > (SELECT functions FROM event ORDER BY id LIMIT 1))
  WHERE kind = 0 OR (kind <= 3 AND before = 0))
SELECT job_id, owner_id, min(id) AS event, count(*) AS begun_together, max(open) AS then_open, max(number) AS attempt FROM (
  SELECT f.job_id, a.owner_id, s.id, s.kind, s.number,
         sum(CASE s.kind WHEN 0 THEN 1 ELSE -1 END) OVER run AS open,
         sum(s.kind > 0) OVER run AS answered
  FROM step s JOIN deferred_function f ON f.id = s.subject
  JOIN attempt a ON a.function_id = s.subject AND a.number = s.number
  WINDOW run AS (PARTITION BY f.job_id, a.owner_id ORDER BY s.id))
WHERE kind = 0
GROUP BY job_id, owner_id, answered
HAVING max(open) > count(*) OR (count(*) > 1 AND max(number) > 1);

-- P5. The order is a setting that no row keeps, so a snapshot shows only that there was one: the
-- first attempts that an owner made in a job are either all newest first or all oldest first.
-- Owners that claimed a job twice (first what they could call, later the rest) made two passes.
--@ one_order_within_a_job: an owner starts the functions of a job in one direction
WITH step (id, subject, kind, number) AS (
  SELECT id, subject, kind, number FROM (
    SELECT id, subject, kind, number, lag(kind) OVER (PARTITION BY subject ORDER BY id) AS before
    FROM event WHERE kind <= 6 AND subject > (SELECT functions FROM event ORDER BY id LIMIT 1))
  WHERE kind = 0 OR (kind <= 3 AND before = 0)),
run (job_id, owner_id, function_id, kind, number, answered) AS (
  SELECT f.job_id, a.owner_id, s.subject, s.kind, s.number,
         sum(s.kind > 0) OVER (PARTITION BY f.job_id, a.owner_id ORDER BY s.id)
  FROM step s JOIN deferred_function f ON f.id = s.subject
  JOIN attempt a ON a.function_id = s.subject AND a.number = s.number),
first_attempt (job_id, owner_id, step) AS (
  SELECT job_id, owner_id, answered - lag(answered) OVER (PARTITION BY job_id, owner_id ORDER BY function_id)
  FROM run WHERE kind = 0 AND number = 1)
SELECT job_id, owner_id, sum(step > 0) AS oldest_first, sum(step < 0) AS newest_first
FROM first_attempt p
WHERE (SELECT count(*) FROM claimed_job cj JOIN claim c ON c.id = cj.claim_id
       WHERE cj.job_id = p.job_id AND c.to_owner = p.owner_id) <= 1
GROUP BY job_id, owner_id
HAVING sum(step > 0) > 0 AND sum(step < 0) > 0;
