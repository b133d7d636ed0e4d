"""Finds owners that have died, and takes over the commands that they have left."""

import sqlite3

from lastly.process import start_ticks
from lastly.runner import backoff
from lastly.store import COMMAND, UNFINISHED, now, transaction

MAX_JOBS = 64


class Reaper:
    def __init__(self, owner):
        self.owner = owner
        self.db = owner.db

    def reap(self):
        """Returns how many functions were run, the owner's own retries among them."""
        self.look()
        count = 0
        while jobs := self.orphaned():
            for job in self.claim(*jobs):
                count += self.owner.runner.run_job(job)
        return count + self.owner.runner.run_retries()

    # tag::verdict[]
    def verdict(self, owner):
        """ALIVE, DEAD or UNKNOWN, and what says so. Only the DEAD may be touched."""
        who = f"process {owner['pid']} (start tick {owner['start_ticks']})"
        locks, me = self.owner.locks, self.owner.me
        same_file = owner["lock_inode"] == locks.inode
        if same_file and locks.is_held(owner["id"]):
            return "ALIVE", f"its lock byte {owner['id']} is held"
        comparable = all(owner[k] == me[k] for k in ("boot_id", "pid_namespace"))
        try:
            runs = comparable and start_ticks(owner["pid"]) == owner["start_ticks"]
        except LookupError:
            comparable = runs = False
        if runs:
            return "ALIVE", f"{who} runs, although its lock is not held"
        if same_file and comparable:
            return "DEAD", f"lock byte {owner['id']} is free and {who} is gone"
        if same_file:
            return "DEAD", f"lock byte {owner['id']} is free; {who} cannot be seen from here"
        if comparable:
            return "DEAD", f"the lock file is not the one it registered with and {who} is gone"
        return "UNKNOWN", f"neither its lock nor {who} can be seen from here"

    def look(self):
        """Records which owners have died. That is for good: an ended owner never comes back."""
        cursor = self.db.cursor()
        cursor.row_factory = sqlite3.Row
        for owner in cursor.execute("SELECT * FROM owner WHERE closed_at IS NULL").fetchall():
            verdict, evidence = self.verdict(owner)
            if verdict == "DEAD":
                self.db.execute(
                    "UPDATE owner SET closed_at = ?, end_reason = 'died', ended_by = ?,"
                    " evidence = ?, doubt = NULL WHERE id = ? AND closed_at IS NULL",
                    (now(), self.owner.id, evidence, owner["id"]),
                )

    # end::verdict[]

    # tag::claim[]
    def orphaned(self):
        """An ended owner and some of its jobs in which there is a command to run."""
        rows = self.db.execute(
            f"SELECT DISTINCT owner_id, job_id FROM deferred_function WHERE {UNFINISHED}"
            " AND owner_id IN (SELECT id FROM owner WHERE left_orphans = 1)"
            " AND function = ? ORDER BY owner_id, job_id LIMIT ?",
            (COMMAND, MAX_JOBS),
        ).fetchall()
        return rows and (rows[0][0], [job for owner, job in rows if owner == rows[0][0]])

    def claim(self, owner, jobs):
        """Moves whole jobs to this owner, but for what it cannot run. One transaction."""
        with transaction(self.db):
            moved = {job: self.move(owner, job) for job in jobs}
            moved = {job: rows for job, rows in moved.items() if rows}  # others may be faster
            self.db.execute(
                "UPDATE owner SET left_orphans = 0 WHERE id = ? AND left_orphans = 1 AND NOT EXISTS"
                f" (SELECT 1 FROM deferred_function WHERE owner_id = owner.id AND {UNFINISHED})",
                (owner,),
            )
            if moved:
                self.record(owner, moved)
        return moved

    def move(self, owner, job):
        where = f"owner_id = ? AND job_id = ? AND function = ? AND {UNFINISHED}"
        cut_off = self.db.execute(
            "SELECT id, attempts, max_attempts FROM deferred_function"
            f" WHERE {where} AND state = 'running'",
            (owner, job, COMMAND),
        ).fetchall()
        for function in cut_off:
            self.answer_for_the_dead(*function)
        me = self.owner.me
        return self.db.execute(
            "UPDATE deferred_function SET owner_id = ?, owner_pid = ?, owner_boot_id = ?,"
            f" claim_no = claim_no + 1 WHERE {where}",
            (self.owner.id, me["pid"], me["boot_id"], owner, job, COMMAND),
        ).rowcount

    def answer_for_the_dead(self, function, number, max_attempts):
        """The attempt counts: a command that kills its worker must not kill one after the other."""
        error, at = f"the process died during attempt {number}", now()
        self.owner.runner.answer(function, number, at, "crashed", error, None)
        state, due = "retry_wait", at + (0 if number == 1 else backoff(number))
        if number >= max_attempts:
            state, due = "quarantined", None
        self.db.execute(
            "UPDATE deferred_function SET state = ?, not_before = ?, last_error = ? WHERE id = ?",
            (state, due, error, function),
        )

    def record(self, owner, moved):
        claim = self.db.execute(
            "INSERT INTO claim (from_owner, to_owner, claimed_at, verdict, evidence, rows)"
            " SELECT id, ?, ?, CASE end_reason WHEN 'forced' THEN 'FORCED' ELSE 'DEAD' END,"
            " ifnull(evidence, 'it closed itself (' || end_reason || ')'), ?"
            " FROM owner WHERE id = ?",
            (self.owner.id, now(), sum(moved.values()), owner),
        ).lastrowid
        self.db.executemany(
            "INSERT INTO claimed_job (job_id, claim_id, rows) VALUES (?, ?, ?)",
            [(job, claim, rows) for job, rows in moved.items()],
        )

    # end::claim[]
