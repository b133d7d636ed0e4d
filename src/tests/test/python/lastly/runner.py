"""Runs the functions of an owner: those of its own jobs, and what it has claimed."""

import json

from lastly.command import run_command
from lastly.store import NEXT_NO, now, transaction

MAX_TEXT = 4096


def backoff(attempt):
    return min(300_000, 1000 * 2 ** (attempt - 1))


class Runner:
    def __init__(self, owner):
        self.owner = owner
        self.db = owner.db

    def run_retries(self):
        due = self.db.execute(
            "SELECT DISTINCT job_id FROM deferred_function WHERE owner_id = ?"
            " AND state = 'retry_wait' AND not_before <= ?",
            (self.owner.id, now()),
        ).fetchall()
        return sum(self.run_job(job) for (job,) in due)

    def close(self, job):
        """The job is closed first and read then, so nothing is registered in it unseen."""
        end = "UPDATE job SET closed_at = ? WHERE id = ? AND closed_at IS NULL"
        self.db.execute(end, (now(), job))
        self.run_job(job)

    def run_job(self, job):
        """Runs what is due in a job that has ended, newest first; returns how many it ran."""
        due = self.db.execute(
            "SELECT id, claim_no, attempts, max_attempts, arguments FROM deferred_function"
            " WHERE owner_id = ? AND job_id = ? AND finished_at IS NULL AND (state = 'deferred'"
            " OR (state = 'retry_wait' AND not_before <= ?)) ORDER BY id DESC",
            (self.owner.id, job, now()),
        ).fetchall()
        return sum(self.run(*function) for function in due)

    def run(self, function, claim_no, attempts, max_attempts, arguments):
        fence = (function, self.owner.id, claim_no)
        if not self.begin(fence, attempts):
            return False
        self.run_begun(fence, attempts + 1, max_attempts, arguments)
        return True

    def run_begun(self, fence, number, max_attempts, arguments):
        error = output = None
        try:  # outside any transaction
            output = run_command(json.loads(arguments)[0])[:MAX_TEXT]
        except Exception as e:  # whatever it is, it is the outcome
            error = f"{type(e).__name__}: {e}"[:MAX_TEXT]
        if error is None:
            self.finish(fence, number, output)
        else:
            due = now() + backoff(number)
            with transaction(self.db):
                self.fail(fence, number, max_attempts, "threw", error, due)

    def finish(self, fence, number, output):
        """If this owner was ended by force meanwhile, and another has the row, nothing changes."""
        self.db.execute(
            "UPDATE deferred_function SET state = 'done', last_error = NULL, finished_at = ?,"
            f" finished_no = {NEXT_NO}, output = ?"
            " WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?"
            " AND state = 'running'",
            (now(), output, *fence, number),
        )

    # tag::run[]
    def begin(self, fence, attempts):
        """The attempt is committed before anything runs."""
        started = self.db.execute(
            "UPDATE deferred_function SET state = 'running', attempts = attempts + 1,"
            " not_before = NULL, started_at = ?,"
            f" begun_no = CASE attempts WHEN 0 THEN NULL ELSE {NEXT_NO} END"
            " WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?"
            " AND (state = 'deferred' OR state = 'retry_wait')",
            (now(), *fence, attempts),
        ).rowcount
        return started == 1  # else it was cancelled, or another owner has it by now

    # end::run[]
    def fail(self, fence, number, max_attempts, outcome, error, due):
        """Moves the attempt to the earlier ones, then says what becomes of its function."""
        where = "id = ? AND owner_id = ? AND claim_no = ? AND attempts = ? AND state = 'running'"
        at = now()  # one moment for both rows
        used_up = number >= max_attempts
        moved = self.db.execute(
            "INSERT INTO attempt (function_id, number, owner_id, started_at, finished_at, outcome,"
            " error, quarantined, begun_no, ended_no)"
            f" SELECT id, attempts, owner_id, started_at, ?, ?, ?, ?, begun_no, {NEXT_NO}"
            f" FROM deferred_function WHERE {where}",
            (at, outcome, error, used_up, *fence, number),
        ).rowcount
        if moved == 1:
            state = ("quarantined", None, at) if used_up else ("retry_wait", due, None)
            self.db.execute(
                "UPDATE deferred_function SET state = ?, not_before = ?, finished_at = ?,"
                f" finished_no = {NEXT_NO if used_up else 'NULL'}, last_error = ?,"
                f" started_at = NULL, begun_no = NULL WHERE {where}",
                (*state, error.splitlines()[0], *fence, number),
            )
