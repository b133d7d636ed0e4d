-- What must be true of every committed state of a Lastly database: each query returns the rows that
-- break its rule, so nothing at all from a sound database. By hand: sqlite3 deferred.db < invariants.sql
--
-- A rule begins with a line "--@ name: what must be true"; a trailing "@clock" marks the rules that compare
-- times and therefore assume that the wall clock of the node has never stepped back. Times are
-- compared with <= only, because many things happen within one millisecond. Each time is taken
-- before its transaction waits for the write lock, and after everything that had to be committed
-- before it; so causes are never later than their effects, whichever process wrote them.

--@ known_application: the file says that it is Lastly's, and of the version that was migrated to
SELECT 'application_id' AS what, a.application_id AS found, 1280529497 AS expected
FROM pragma_application_id a WHERE a.application_id <> 1280529497
UNION ALL
SELECT 'user_version', v.user_version, h.version
FROM pragma_user_version v,
     (SELECT max(CAST(version AS INTEGER)) AS version FROM flyway_schema_history WHERE success) h
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
WHERE f.id IS NULL OR t.id IS NULL OR f.closed_at IS NULL OR c.from_owner = c.to_owner
   OR (c.verdict = 'FORCED') <> (f.end_reason = 'forced') OR c.evidence = '';

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
  WHERE r.claim_no < (SELECT count(*) FROM claim))
SELECT f.id, f.job_id, f.state, f.owner_id, f.claim_no, j.opened_by
FROM deferred_function f JOIN job j ON j.id = f.job_id
WHERE (f.job_id, f.owner_id, f.claim_no) NOT IN (SELECT job_id, owner_id, claim_no FROM reached);

--@ attempt_by_an_owner: only the owner that opened the job, or one that claimed it, has ever run its functions
SELECT a.function_id, a.number, a.owner_id, j.opened_by
FROM attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
WHERE a.owner_id <> j.opened_by
  AND NOT EXISTS (SELECT 1 FROM claimed_job cj JOIN claim c ON c.id = cj.claim_id
                  WHERE cj.job_id = f.job_id AND c.to_owner = a.owner_id);

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

--@ unstarted_has_no_attempt: deferred and cancelled rows have never run, and only the opener of a job cancels
SELECT f.id, f.state, f.attempts, f.claim_no FROM deferred_function f
WHERE (f.state IN ('deferred', 'cancelled') AND f.attempts <> 0)
   OR (f.state = 'cancelled' AND f.claim_no <> 0);

--@ retry_has_a_cause: a row waits for a retry if and only if it has a due time; then an attempt failed and another is left
SELECT f.id, f.state, f.not_before, f.attempts, f.max_attempts, a.outcome
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE (f.state = 'retry_wait') <> (f.not_before IS NOT NULL)
   OR (f.state = 'retry_wait' AND f.attempts >= f.max_attempts)
   OR (f.state = 'retry_wait' AND (a.outcome IS NULL OR a.outcome NOT IN ('threw', 'timed_out', 'crashed'))
       AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id));

--@ quarantine_has_a_cause: a quarantined row has used up its attempts, or cannot be called, or hangs; its last attempt, made by its owner, failed and says why
SELECT f.id, f.owner_id, f.attempts, f.max_attempts, f.last_error, a.outcome, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE f.state = 'quarantined'
  AND (a.outcome IS NULL OR a.outcome = 'returned' OR a.owner_id <> f.owner_id OR f.last_error IS NULL
       OR (f.attempts < f.max_attempts AND a.outcome NOT IN ('undecodable', 'timed_out')));

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

-- The order of times. Whoever was ended by force, but lived, goes on for a while: no rule for him. -----------------------------------------------------------------------------

--@ times_of_an_owner: an owner ends after it opened, and was found dead by one that was open @clock
SELECT o.id, o.opened_at, o.closed_at, b.id AS ended_by, b.opened_at, b.closed_at
FROM owner o LEFT JOIN owner b ON b.id = o.ended_by
WHERE o.closed_at < o.opened_at OR b.opened_at > o.closed_at
   OR (b.closed_at < o.closed_at AND b.end_reason <> 'forced');

--@ times_of_a_job: a job is opened by an open owner and ends after it opened @clock
SELECT j.id, j.opened_by, j.opened_at, j.closed_at FROM job j JOIN owner o ON o.id = j.opened_by
WHERE j.closed_at < j.opened_at OR j.opened_at < o.opened_at OR o.closed_at < j.opened_at;

--@ times_of_a_function: registered by an open owner while its job was open, then run, then finished @clock
SELECT f.id, f.state, j.opened_at, f.registered_at, j.closed_at, f.finished_at, a.started_at, a.finished_at
FROM deferred_function f JOIN job j ON j.id = f.job_id JOIN owner o ON o.id = j.opened_by
LEFT JOIN attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE f.registered_at < j.opened_at OR f.registered_at > j.closed_at OR f.registered_at > o.closed_at
   OR f.finished_at < f.registered_at OR a.started_at < f.registered_at
   OR (f.state = 'done' AND f.finished_at <> a.finished_at);

--@ times_of_an_attempt: an attempt is started, and unless its process died also answered, by an owner that is open @clock
SELECT a.function_id, a.number, a.owner_id, o.opened_at, a.started_at, a.finished_at, o.closed_at, a.outcome
FROM attempt a JOIN owner o ON o.id = a.owner_id
WHERE a.started_at < o.opened_at OR a.finished_at < a.started_at
   OR (a.started_at > o.closed_at AND o.end_reason <> 'forced')
   OR (a.outcome <> 'crashed' AND a.finished_at > o.closed_at AND o.end_reason <> 'forced')
   OR (a.outcome = 'crashed' AND a.finished_at < o.closed_at);

--@ times_of_a_claim: a claim follows the end of the old owner, while the new one is open @clock
SELECT c.id, c.from_owner, f.closed_at AS from_ended, c.claimed_at, c.to_owner, t.opened_at, t.closed_at
FROM claim c JOIN owner f ON f.id = c.from_owner JOIN owner t ON t.id = c.to_owner
WHERE c.claimed_at < f.closed_at OR c.claimed_at < t.opened_at OR c.claimed_at > t.closed_at;

--@ run_after_the_claim: who did not open the job runs its functions only from its first claim on @clock
SELECT a.function_id, a.number, a.owner_id, a.started_at, min(c.claimed_at) AS claimed_at
FROM attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
JOIN claimed_job cj ON cj.job_id = f.job_id JOIN claim c ON c.id = cj.claim_id AND c.to_owner = a.owner_id
WHERE a.owner_id <> j.opened_by
GROUP BY a.function_id, a.number
HAVING a.started_at < min(c.claimed_at);

--@ run_after_the_job: whoever opened a job runs its functions from the job's end on @clock
SELECT a.function_id, a.number, a.started_at, j.closed_at
FROM attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
WHERE a.owner_id = j.opened_by AND a.started_at < j.closed_at;

--@ one_attempt_at_a_time: the attempts of a function follow one another @clock
SELECT function_id, number, previous_finished, started_at FROM (
  SELECT function_id, number, started_at,
         lag(finished_at) OVER attempts AS previous_finished,
         row_number() OVER attempts AS place
  FROM attempt WINDOW attempts AS (PARTITION BY function_id ORDER BY number))
WHERE place > 1 AND (previous_finished IS NULL OR previous_finished > started_at);

-- First attempts that share a commit have one time of start, and one of end if they were quick.
--@ one_function_at_a_time: an owner runs the functions of a job one after the other, or begins them together @clock
SELECT job_id, owner_id, function_id, number, previous_finished, started_at FROM (
  SELECT f.job_id, a.owner_id, a.function_id, a.number, a.started_at,
         lag(a.finished_at) OVER job AS previous_finished,
         lag(a.started_at) OVER job AS previous_started,
         lag(a.number) OVER job AS previous_number,
         row_number() OVER job AS place
  FROM attempt a JOIN deferred_function f ON f.id = a.function_id
  WINDOW job AS (PARTITION BY f.job_id, a.owner_id ORDER BY a.started_at, a.finished_at NULLS LAST))
WHERE place > 1 AND (previous_finished IS NULL OR previous_finished > started_at)
  AND NOT (number = 1 AND previous_number = 1 AND previous_started = started_at);

-- P5. The order is a setting that no row keeps, so a snapshot shows only that there was one: the
-- first attempts that an owner made in a job are either all newest first or all oldest first.
-- Owners that claimed a job twice (first what they could call, later the rest) made two passes.
--@ one_order_within_a_job: an owner starts the functions of a job in one direction @clock
WITH first_attempt AS (
  SELECT f.job_id, a.owner_id, a.function_id,
         a.started_at - lag(a.started_at) OVER (PARTITION BY f.job_id, a.owner_id ORDER BY f.id) AS step
  FROM attempt a JOIN deferred_function f ON f.id = a.function_id
  WHERE a.number = 1)
SELECT job_id, owner_id, sum(step > 0) AS oldest_first, sum(step < 0) AS newest_first
FROM first_attempt p
WHERE (SELECT count(*) FROM claimed_job cj JOIN claim c ON c.id = cj.claim_id
       WHERE cj.job_id = p.job_id AND c.to_owner = p.owner_id) <= 1
GROUP BY job_id, owner_id
HAVING sum(step > 0) > 0 AND sum(step < 0) > 0;
