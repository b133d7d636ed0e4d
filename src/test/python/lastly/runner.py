"""Runs the functions of an owner's own jobs."""

import json

from lastly.command import run_command
from lastly.store import UNFINISHED, now, transaction

MAX_TEXT = 4096


def backoff(attempt):
    return min(300_000, 1000 * 2 ** (attempt - 1))


class Runner:
    def __init__(self, owner):
        self.owner = owner
        self.db = owner.db

    def close(self, job):
        """A job's functions run when it has ended."""
        end = "UPDATE job SET closed_at = ? WHERE id = ? AND closed_at IS NULL"
        self.db.execute(end, (now(), job))
        self.run_job(job)

    def run_retries(self):
        due = self.db.execute(
            "SELECT DISTINCT job_id FROM deferred_function WHERE owner_id = ?"
            " AND state = 'retry_wait' AND not_before <= ?",
            (self.owner.id, now()),
        ).fetchall()
        return sum(self.run_job(job) for (job,) in due)

    # tag::run[]
    def run_job(self, job):
        """Runs what is due in a job that has ended, newest first; returns how many it ran."""
        due = self.db.execute(
            "SELECT id, claim_no, attempts, max_attempts, arguments FROM deferred_function"
            f" WHERE owner_id = ? AND job_id = ? AND {UNFINISHED} AND (state = 'deferred'"
            " OR (state = 'retry_wait' AND not_before <= ?)) ORDER BY id DESC",
            (self.owner.id, job, now()),
        ).fetchall()
        return sum(self.run(*function) for function in due)

    def run(self, function, claim_no, attempts, max_attempts, arguments):
        fence = (function, self.owner.id, claim_no)
        if not self.begin(fence, attempts):
            return False
        error = output = None
        try:  # outside any transaction
            output = run_command(json.loads(arguments)[0])[:MAX_TEXT]
        except Exception as e:  # whatever it is, it is the outcome
            error = f"{type(e).__name__}: {e}"[:MAX_TEXT]
        self.finish(fence, attempts + 1, max_attempts, error, output)
        return True

    def begin(self, fence, attempts):
        """The attempt is committed before anything runs."""
        with transaction(self.db):
            started = self.db.execute(
                "UPDATE deferred_function SET state = 'running', attempts = attempts + 1,"
                " not_before = NULL WHERE id = ? AND owner_id = ? AND claim_no = ?"
                " AND attempts = ? AND state IN ('deferred', 'retry_wait')",
                (*fence, attempts),
            ).rowcount
            if started == 1:  # else it was cancelled, or is somebody else's by now
                self.db.execute(
                    "INSERT INTO attempt (function_id, number, owner_id, started_at)"
                    " VALUES (?, ?, ?, ?)",
                    (fence[0], attempts + 1, self.owner.id, now()),
                )
        return started == 1

    def finish(self, fence, number, max_attempts, error, output):
        """If the function was taken from this owner meanwhile, nothing is recorded."""
        at = now()  # one moment for both rows
        state = "done" if error is None else "retry_wait"
        if error is not None and number >= max_attempts:
            state = "quarantined"
        due = at + backoff(number) if state == "retry_wait" else None
        finished = at if state == "done" else None
        with transaction(self.db):
            ours = self.db.execute(
                "UPDATE deferred_function SET state = ?, not_before = ?, last_error = ?,"
                " finished_at = ? WHERE id = ? AND owner_id = ? AND claim_no = ?"
                " AND attempts = ? AND state = 'running'",
                (state, due, error and error.splitlines()[0], finished, *fence, number),
            ).rowcount
            if ours == 1:
                outcome = "returned" if error is None else "threw"
                self.answer(fence[0], number, at, outcome, error, output)

    def answer(self, function, number, at, outcome, error, output):
        self.db.execute(
            "UPDATE attempt SET finished_at = ?, outcome = ?, error = ?, output = ?"
            " WHERE function_id = ? AND number = ? AND finished_at IS NULL",
            (at, outcome, error, output, function, number),
        )

    # end::run[]
