"""Finds owners that have died, and takes over the commands that they have left."""

import sqlite3

from lastly.process import start_ticks
from lastly.runner import backoff
from lastly.store import COMMAND, NEXT_NO, now, transaction

LAST = 2**63 - 1


class Reaper:
    def __init__(self, owner):
        self.owner = owner
        self.db = owner.db

    def reap(self):
        """Returns how many functions were run, the owner's own retries among them."""
        self.look()
        count = self.owner.runner.run_retries()
        while ran := sum(self.inherit(owner) for owner in self.left_orphans()):
            count += ran  # what these came before may be free now
        return count

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

    def left_orphans(self):
        """The last to end first: what it had claimed comes before what it had not come to."""
        sql = "SELECT id FROM owner WHERE left_orphans = 1 ORDER BY ended_no DESC"
        return [owner for (owner,) in self.db.execute(sql).fetchall()]

    def inherit(self, owner):
        """Claims and runs one after the other, newest first; returns how many it ran."""
        self.answer_cut_off(owner)
        count, after = 0, (LAST, LAST)
        while orphan := self.next_orphan(owner, after):
            function, job, claim_no, attempts, max_attempts, arguments = orphan
            after = (job, function)
            begun = self.claim(owner, job, function, claim_no, attempts)
            if begun is None:
                after = (job, 0)  # the others of the job must not begin before this one
            elif begun:
                fence = (function, self.owner.id, claim_no + 1)
                self.owner.runner.run_begun(fence, attempts + 1, max_attempts, arguments)
                count += 1
        self.db.execute(
            "UPDATE owner SET left_orphans = 0 WHERE id = ? AND left_orphans = 1 AND NOT EXISTS"
            " (SELECT 1 FROM deferred_function WHERE owner_id = owner.id AND finished_at IS NULL)",
            (owner,),
        )
        return count

    def next_orphan(self, owner, after):
        return self.db.execute(
            "SELECT id, job_id, claim_no, attempts, max_attempts, arguments FROM deferred_function"
            " WHERE owner_id = ? AND finished_at IS NULL AND (job_id, id) < (?, ?)"
            " AND options IS NULL AND code_id IN (SELECT id FROM code WHERE function = ?)"
            " AND (state = 'deferred' OR (state = 'retry_wait' AND not_before <= ?))"
            " AND attempts < max_attempts ORDER BY job_id DESC, id DESC LIMIT 1",
            (owner, *after, COMMAND, now()),
        ).fetchone()

    # tag::claim[]
    def claim(self, owner, job, function, claim_no, attempts):
        """Claims and begins one function; False if it is taken, None if its job is."""
        where = (
            "id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?"
            " AND (state = 'deferred' OR state = 'retry_wait')"
        )
        fence = (function, owner, claim_no, attempts)
        me, at = (self.owner.id, self.owner.me["pid"], self.owner.me["boot_id"]), now()
        with transaction(self.db):
            if self.is_busy(owner, job, at):
                return None
            claim = self.db.execute(
                "INSERT INTO claim (job_id, from_owner, to_owner, claimed_at, verdict, evidence,"
                " rows, earlier, change_no)"
                " SELECT job_id, owner_id, ?, ?,"
                " CASE end_reason WHEN 'forced' THEN 'FORCED' ELSE 'DEAD' END,"
                " ifnull(evidence, 'it closed itself (' || end_reason || ')'), 1, claim_id,"
                f" {NEXT_NO}"
                " FROM deferred_function f JOIN owner o ON o.id = f.owner_id"
                f" WHERE f.{where} AND o.closed_at IS NOT NULL",
                (me[0], at, *fence),
            )
            if claim.rowcount == 0:
                return False
            self.db.execute(
                "UPDATE deferred_function SET owner_id = ?, owner_pid = ?, owner_boot_id = ?,"
                " claim_no = claim_no + 1, claim_id = ?, state = 'running',"
                " attempts = attempts + 1, not_before = NULL, started_at = ?,"
                f" begun_no = CASE attempts WHEN 0 THEN NULL ELSE {NEXT_NO} END WHERE {where}",
                (*me, claim.lastrowid, at, *fence),
            )
        return True

    # end::claim[]
    def is_busy(self, owner, job, at):
        """Whether the owner that claimed from this job last is at it, or left what comes first."""
        (busy,) = self.db.execute(
            "SELECT EXISTS (SELECT 1 FROM owner o JOIN deferred_function r ON r.owner_id = o.id"
            " WHERE o.id = (SELECT to_owner FROM claim WHERE job_id = ? AND verdict <> 'RELEASED'"
            " ORDER BY id DESC LIMIT 1) AND o.id <> ? AND r.job_id = ? AND r.finished_at IS NULL"
            " AND (r.state = 'running' OR (o.closed_at IS NOT NULL"
            " AND r.code_id IN (SELECT id FROM code WHERE function = ?)"
            " AND (r.state = 'deferred' OR r.not_before <= ?))))",
            (job, owner, job, COMMAND, at),
        ).fetchone()
        return busy

    def answer_cut_off(self, owner):
        """The attempt counts: a command that kills its worker must not kill one after the other."""
        cut_off = self.db.execute(
            "SELECT f.id, owner_id, claim_no, attempts, max_attempts, ifnull(evidence, end_reason)"
            " FROM deferred_function f JOIN owner o ON o.id = f.owner_id"
            " WHERE f.owner_id = ? AND o.closed_at IS NOT NULL"
            " AND f.finished_at IS NULL AND f.state = 'running'",
            (owner,),
        ).fetchall()
        for *fence, number, max_attempts, evidence in cut_off:
            error = f"the process died during attempt {number}: {evidence}"
            due = now() + (0 if number == 1 else backoff(number))
            with transaction(self.db):
                self.owner.runner.fail(fence, number, max_attempts, "crashed", error, due)
