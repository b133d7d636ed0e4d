-- The rules that every committed state of a Lastly database must keep. Each query returns the rows that break
-- its rule: none, if the database is sound. By hand: sqlite3 deferred.db < invariants.sql
--
-- A rule begins with a line "--@ name: what must be true". No rule compares times that different
-- transactions wrote, because the clock of a node may step back at any moment. The rules take the order from ids, from
-- claim_no, and from the numbers of the changes (view change), which follow the order of the commits.

--@ known_application: the file names Lastly as its application, and its user_version is the last migration's number plus 9
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

-- P3, P7: only pruning deletes rows -------------------------------------------------------------------

--@ no_row_is_missing: ids have no gap, so a row that is not there was pruned
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

--@ no_ticket_is_left: a ticket, which lets a transaction prune, is gone when the transaction commits
SELECT id, owner_id, finished_at, finished_no FROM prune_ticket;

--@ empty_job_was_pruned: a job has functions, or had them until they were pruned
SELECT j.id, j.name, j.pruned FROM job j
WHERE j.pruned = 0 AND NOT EXISTS (SELECT 1 FROM deferred_function f WHERE f.job_id = j.id);

--@ pruned_adds_up: the pruned functions of the jobs that are there are part of all pruned functions
SELECT p.functions, (SELECT sum(j.pruned) FROM job j) AS of_jobs FROM pruned p
WHERE p.functions < (SELECT sum(j.pruned) FROM job j);

-- P3, P9: what is called -------------------------------------------------------------------------

--@ code_of_every_function: the code that a function calls is there
SELECT f.id, f.state, f.code_id FROM deferred_function f LEFT JOIN code c ON c.id = f.code_id WHERE c.id IS NULL;

--@ code_is_said_once: no two rows are the same code from the same origin
SELECT name, function, class_digest, origin, count(*) AS rows FROM code
GROUP BY name, function, class_digest, origin HAVING count(*) > 1;

-- P2, P7: owners and claims ----------------------------------------------------------------------

--@ row_names_its_owner: a row repeats the pid and boot id of the owner that it names
SELECT f.id, f.state, f.owner_id, f.owner_pid, f.owner_boot_id, o.pid, o.boot_id
FROM deferred_function f LEFT JOIN owner o ON o.id = f.owner_id
WHERE o.id IS NULL OR o.pid <> f.owner_pid OR o.boot_id <> f.owner_boot_id;

--@ owner_end_is_explained: an owner that closed by itself names no other owner; an owner that died names the one that found it dead, and the evidence
SELECT id, end_reason, ended_by, evidence FROM owner
WHERE (closed_at IS NULL AND (end_reason IS NOT NULL OR ended_by IS NOT NULL OR evidence IS NOT NULL))
   OR (end_reason IN ('closed', 'shutdown') AND (ended_by IS NOT NULL OR evidence IS NOT NULL))
   OR (end_reason = 'died' AND (ended_by IS NULL OR ended_by = id OR ifnull(evidence, '') = ''))
   OR (end_reason = 'forced' AND ifnull(evidence, '') = '');

--@ claim_only_from_the_ended: a claim takes from an owner that has ended, gives to another, and names its evidence
SELECT c.id, c.from_owner, c.to_owner, c.verdict, f.end_reason
FROM claim c LEFT JOIN owner f ON f.id = c.from_owner LEFT JOIN owner t ON t.id = c.to_owner
WHERE f.id IS NULL OR t.id IS NULL OR c.from_owner = c.to_owner OR c.evidence = ''
   OR (c.verdict <> 'RELEASED' AND (f.closed_at IS NULL OR (c.verdict = 'FORCED') <> (f.end_reason = 'forced')));

--@ release_only_to_whence_it_came: a release gives back to the ended owner from which the rows were claimed
SELECT c.id, c.from_owner, c.to_owner, t.closed_at, c.job_id, c.earlier
FROM claim c LEFT JOIN owner t ON t.id = c.to_owner LEFT JOIN claim b ON b.id = c.earlier
WHERE c.verdict = 'RELEASED'
  AND (t.closed_at IS NULL OR b.id IS NULL OR b.from_owner <> c.to_owner OR b.verdict = 'RELEASED');

--@ orphans_can_be_found: an owner that has ended with unfinished functions has left_orphans set
SELECT o.id, o.closed_at, count(*) AS unfinished FROM owner o JOIN deferred_function f ON f.owner_id = o.id
WHERE o.closed_at IS NOT NULL AND o.left_orphans = 0
  AND f.finished_at IS NULL
GROUP BY o.id;

--@ claims_follow_one_another: a claim takes from the owner that the claim before it gave to, or that opened the job
SELECT c.id, c.job_id, c.from_owner, c.earlier, e.to_owner, e.job_id AS earlier_job, j.opened_by
FROM claim c JOIN job j ON j.id = c.job_id LEFT JOIN claim e ON e.id = c.earlier
WHERE (c.earlier IS NULL AND c.from_owner <> j.opened_by)
   OR (c.earlier IS NOT NULL AND (e.id IS NULL OR e.to_owner <> c.from_owner OR e.job_id <> c.job_id));

--@ owner_by_chain_of_claims: a row's owner opened its job, or got the row by a chain of as many claims as claim_no says
SELECT f.id, f.job_id, f.owner_id, f.claim_no, f.claim_id, c.to_owner, c.job_id AS claimed_job, j.opened_by
FROM deferred_function f JOIN job j ON j.id = f.job_id LEFT JOIN claim c ON c.id = f.claim_id
WHERE (f.claim_no = 0) <> (f.claim_id IS NULL)
   OR (f.claim_id IS NULL AND f.owner_id <> j.opened_by)
   OR (f.claim_id IS NOT NULL AND (c.id IS NULL OR c.to_owner <> f.owner_id OR c.job_id <> f.job_id
                                   OR f.claim_no <> (SELECT count(*) FROM function_claim k WHERE k.function_id = f.id)));

--@ claim_adds_up: a claim has moved as many functions as it says, of which some may have been pruned with their job's
SELECT c.id, c.rows, count(k.function_id) AS there, j.pruned
FROM claim c JOIN job j ON j.id = c.job_id LEFT JOIN function_claim k ON k.claim_id = c.id
GROUP BY c.id HAVING c.rows < count(k.function_id) OR c.rows > count(k.function_id) + j.pruned;

--@ attempt_by_an_owner: each attempt was made by the owner that opened the job, or by one that claimed the function
SELECT a.function_id, a.number, a.owner_id, j.opened_by
FROM function_attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
WHERE a.owner_id <> j.opened_by
  AND NOT EXISTS (SELECT 1 FROM function_claim c
                  WHERE c.function_id = a.function_id AND c.to_owner = a.owner_id AND c.verdict <> 'RELEASED');

-- P3, P4, P6: states and attempts ----------------------------------------------------------------

--@ attempts_are_counted: a row's count is the number of its attempts, which are numbered from 1 without a gap
SELECT f.id, f.state, f.attempts, count(a.number) AS rows, min(a.number) AS first, max(a.number) AS last
FROM deferred_function f LEFT JOIN function_attempt a ON a.function_id = f.id
GROUP BY f.id
HAVING count(a.number) <> f.attempts
    OR (f.attempts > 0 AND (min(a.number) <> 1 OR max(a.number) <> f.attempts));

--@ running_means_one_open_attempt: a row is running if and only if its last attempt, made by its owner, is open
SELECT f.id, f.state, f.owner_id, f.attempts, a.number, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN function_attempt a ON a.function_id = f.id AND a.finished_at IS NULL
WHERE (f.state = 'running') <> (a.number IS NOT NULL)
   OR (a.number IS NOT NULL AND (a.number <> f.attempts OR a.owner_id <> f.owner_id));

--@ done_means_returned_once: a row is done if and only if its last attempt, made by its owner, returned; no earlier attempt returned
SELECT f.id, f.state, f.owner_id, f.attempts, a.number, a.outcome, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN function_attempt a ON a.function_id = f.id AND a.outcome = 'returned'
WHERE (f.state = 'done') <> (a.number IS NOT NULL)
   OR (a.number IS NOT NULL AND (a.number <> f.attempts OR a.owner_id <> f.owner_id));

--@ unstarted_has_no_attempt: deferred and cancelled rows have never run, and only the opener of a job, or a person, cancels
SELECT f.id, f.state, f.attempts, f.claim_no FROM deferred_function f
WHERE (f.state IN ('deferred', 'cancelled') AND f.attempts <> 0)
   OR (f.state = 'cancelled' AND f.claim_no <> 0
       AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id));

--@ retry_has_a_cause: a row waits for a retry if and only if it has a due time; then an attempt failed, or its owner could not begin one and says why; and at least one attempt is left
SELECT f.id, f.state, f.not_before, f.attempts, f.max_attempts, a.outcome
FROM deferred_function f LEFT JOIN function_attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE (f.state = 'retry_wait') <> (f.not_before IS NOT NULL)
   OR (f.state = 'retry_wait' AND f.attempts >= f.max_attempts)
   OR (f.state = 'retry_wait' AND (a.outcome IS NULL OR a.outcome NOT IN ('threw', 'timed_out', 'crashed', 'unresolvable', 'asked_again'))
       AND NOT (f.attempts = 0 AND f.last_error IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id));

--@ unresolvable_uses_up_nothing: a row gets one more attempt for each attempt that ended as unresolvable or asked_again
SELECT f.id, f.state, f.max_attempts, count(*) AS uncounted
FROM function_attempt a JOIN deferred_function f ON f.id = a.function_id
WHERE a.outcome IN ('unresolvable', 'asked_again')
GROUP BY f.id HAVING count(*) >= f.max_attempts;

--@ unresolvable_names_its_function: a report about one row names that row and the code that it calls
SELECT u.function, u.class_digest, u.function_id, c.function AS calls
FROM unresolvable_function u JOIN deferred_function f ON f.id = u.function_id JOIN code c ON c.id = f.code_id
WHERE u.function_id <> 0 AND (c.function <> u.function OR ifnull(c.class_digest, '') <> u.class_digest);

--@ quarantine_has_a_cause: a quarantined row has used up its attempts, or cannot be called, or hangs; its last attempt, made by its owner, failed and says why; or a person has quarantined it
SELECT f.id, f.owner_id, f.attempts, f.max_attempts, f.last_error, a.outcome, a.owner_id AS attempt_owner
FROM deferred_function f LEFT JOIN function_attempt a ON a.function_id = f.id AND a.number = f.attempts
WHERE f.state = 'quarantined'
  AND (a.outcome IS NULL OR a.outcome = 'returned' OR a.owner_id <> f.owner_id OR f.last_error IS NULL
       OR (f.attempts < f.max_attempts AND a.outcome NOT IN ('undecodable', 'timed_out')))
  AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id AND p.action = 'quarantine');

--@ discarded_by_a_person: a discarded row has an operator's act
SELECT f.id, f.owner_id FROM deferred_function f
WHERE f.state = 'discarded'
  AND NOT EXISTS (SELECT 1 FROM operator_action p WHERE p.function_id = f.id);

--@ failure_has_an_error: an attempt that has ended and did not return says what went wrong, one that returned does not
SELECT function_id, number, outcome, error FROM function_attempt
WHERE finished_at IS NOT NULL AND (outcome = 'returned') <> (error IS NULL);

--@ crash_needs_an_end: only an attempt of an owner that has ended has the outcome crashed
SELECT a.function_id, a.number, a.owner_id FROM function_attempt a JOIN owner o ON o.id = a.owner_id
WHERE a.outcome = 'crashed' AND o.closed_at IS NULL;

--@ not_before_the_job_ends: the owner that opened a job runs its functions only after the job has ended, or if the job had one run early
SELECT a.function_id, a.number, a.owner_id, f.job_id
FROM function_attempt a JOIN deferred_function f ON f.id = a.function_id JOIN job j ON j.id = f.job_id
WHERE a.owner_id = j.opened_by AND j.closed_at IS NULL AND f.ran_early IS NULL;

--@ earlier_attempts_failed: an attempt in the table attempt is earlier than the one in its function's row, or the function waits for a retry or an operator, or was discarded
SELECT a.function_id, a.number, f.state, f.attempts FROM attempt a JOIN deferred_function f ON f.id = a.function_id
WHERE a.number > f.attempts OR (a.number = f.attempts AND f.started_at IS NOT NULL)
   OR (a.quarantined = 1 AND a.number = f.attempts AND f.state NOT IN ('quarantined', 'retry_wait', 'discarded'));

-- P7: the numbers of the changes -------------------------------------------------------------------

--@ changes_are_numbered: each change has its own number, up to the last; only the changes of one statement to several functions share one
WITH numbered (no, what) AS (
  SELECT DISTINCT finished_no, 'finished' FROM deferred_function WHERE finished_no IS NOT NULL
  UNION ALL SELECT DISTINCT begun_no, 'begun' FROM deferred_function WHERE begun_no IS NOT NULL
  UNION ALL SELECT DISTINCT begun_no, 'begun earlier' FROM attempt WHERE begun_no IS NOT NULL
  UNION ALL SELECT ended_no, 'attempt' FROM attempt
  UNION ALL SELECT change_no, 'claim' FROM claim
  UNION ALL SELECT change_no, 'act' FROM operator_action
  UNION ALL SELECT opened_no, 'opened' FROM owner
  UNION ALL SELECT ended_no, 'ended' FROM owner WHERE closed_at IS NOT NULL)
SELECT no, group_concat(what) AS what FROM numbered GROUP BY no
HAVING no IS NULL OR count(*) > 1 OR no < 1 OR no > (SELECT last FROM change)
UNION ALL
SELECT ended_no, 'open owner ' || id FROM owner WHERE closed_at IS NULL AND ended_no IS NOT NULL;

--@ begin_again_is_a_change: an attempt has the number of its begin if and only if it was not the first
SELECT function_id, number, begun_no FROM attempt WHERE (number > 1) <> (begun_no IS NOT NULL)
UNION ALL
SELECT id, attempts, begun_no FROM deferred_function
WHERE (started_at IS NOT NULL AND attempts > 1) <> (begun_no IS NOT NULL);

-- The order of commits. No rule is for an owner that was ended by force but lives: it continues for a while. ------------

--@ order_of_an_owner: an owner ends after it opened, and was found dead by one that was open
SELECT o.id, o.opened_no, o.ended_no, o.ended_by, b.opened_no AS other_opened, b.ended_no AS other_ended
FROM owner o LEFT JOIN owner b ON b.id = o.ended_by
WHERE o.ended_no < o.opened_no OR o.ended_no < b.opened_no OR (o.ended_no > b.ended_no AND b.end_reason <> 'forced');

--@ order_of_an_attempt: an owner begins an attempt while it is open, and records the outcome while it is open, unless it died
WITH step (function_id, number, owner_id, crashed, begun, answered) AS (
  SELECT function_id, number, owner_id, outcome = 'crashed', begun_no, ended_no FROM attempt
  UNION ALL
  SELECT id, attempts, owner_id, 0, begun_no, finished_no FROM deferred_function WHERE started_at IS NOT NULL)
SELECT s.function_id, s.number, s.owner_id, o.opened_no, s.begun, s.answered, o.ended_no
FROM step s JOIN owner o ON o.id = s.owner_id
WHERE s.begun < o.opened_no OR s.answered < o.opened_no OR s.answered < s.begun
   OR (s.begun > o.ended_no AND o.end_reason <> 'forced')
   OR (NOT s.crashed AND s.answered > o.ended_no AND o.end_reason <> 'forced')
   OR (s.crashed AND (o.ended_no IS NULL OR s.answered < o.ended_no));

--@ one_attempt_at_a_time: an attempt begins after the outcome of the one before it was recorded
WITH step (function_id, number, begun, answered) AS (
  SELECT function_id, number, begun_no, ended_no FROM attempt
  UNION ALL
  SELECT id, attempts, begun_no, finished_no FROM deferred_function WHERE started_at IS NOT NULL)
SELECT b.function_id, b.number, a.answered AS before, b.begun
FROM step b JOIN step a ON a.function_id = b.function_id AND a.number = b.number - 1
WHERE a.answered IS NULL OR b.begun < a.answered;

--@ order_of_a_claim: a claim comes after the end of the old owner and while the new owner is open; a release is the other way round
SELECT c.id, c.verdict, c.change_no, c.from_owner, c.to_owner, f.ended_no, t.opened_no, t.ended_no AS open_until
FROM claim c
JOIN owner f ON f.id = CASE c.verdict WHEN 'RELEASED' THEN c.to_owner ELSE c.from_owner END
JOIN owner t ON t.id = CASE c.verdict WHEN 'RELEASED' THEN c.from_owner ELSE c.to_owner END
WHERE c.change_no < f.ended_no OR c.change_no < t.opened_no
   OR (c.change_no > t.ended_no AND t.end_reason <> 'forced');

--@ run_after_the_claim: an owner that has claimed a function begins and ends its attempts after that
SELECT f.id, f.claim_id, c.change_no, f.begun_no, f.finished_no
FROM deferred_function f JOIN claim c ON c.id = f.claim_id
WHERE f.started_at IS NOT NULL AND (f.begun_no < c.change_no OR f.finished_no < c.change_no);

-- P5 ----------------------------------------------------------------------------------------------
-- An owner retries a function that it claimed and that failed. Before that retry another owner may have claimed from the
-- same job, so such retries do not count here.
--@ one_owner_at_a_job: one open owner at a time runs functions of a job, apart from retries of claimed functions: one function, or first attempts that began together
SELECT f.job_id, count(*) AS running, count(DISTINCT f.owner_id) AS owners, max(f.attempts) AS attempt
FROM deferred_function f JOIN owner o ON o.id = f.owner_id AND o.closed_at IS NULL
WHERE f.finished_at IS NULL AND f.state = 'running'
  AND NOT EXISTS (SELECT 1 FROM attempt a
                  WHERE a.function_id = f.id AND a.owner_id = f.owner_id AND f.claim_no > 0)
GROUP BY f.job_id
HAVING count(DISTINCT f.owner_id) > 1 OR (count(*) > 1 AND max(f.attempts) > 1);

-- The order is a setting that no row keeps, so a snapshot shows only that there was one. A function that another process
-- registers at the moment when the job ends may run last.
--@ one_order_within_a_job: an owner runs the functions of its job in one direction
WITH first_attempt (job_id, step) AS (
  SELECT job_id, finished_no - lag(finished_no) OVER (PARTITION BY job_id ORDER BY id)
  FROM deferred_function WHERE state = 'done' AND attempts = 1 AND claim_no = 0)
SELECT job_id, sum(step > 0) AS oldest_first, sum(step < 0) AS newest_first
FROM first_attempt GROUP BY job_id
HAVING sum(step > 0) > 1 AND sum(step < 0) > 1;
