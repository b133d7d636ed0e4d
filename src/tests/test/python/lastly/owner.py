"""One owner: registers itself and its functions, runs them, and ends."""

import hashlib
import json
import os

from lastly.locks import LockFile
from lastly.process import identity
from lastly.reaper import Reaper
from lastly.runner import Runner
from lastly.store import COMMAND, check_version, connect, now, place, transaction


class Owner:
    """For one thread."""

    def __init__(self, base, label="python", max_attempts=10):
        self.directory = os.path.realpath(os.path.join(base, "deferred"))
        self.place = place(self.directory)
        self.db = connect(self.directory)
        self.locks = LockFile.of(os.path.join(self.directory, "owners.lock"))
        self.me = identity()
        self.max_attempts = max_attempts
        self.id = self.register(label)
        self.runner = Runner(self)
        self.reaper = Reaper(self)

    # tag::register[]
    def register(self, label):
        number = None
        try:
            with transaction(self.db):
                check_version(self.db)  # a newer Lastly may have changed it since
                number = self.next_free()
                self.db.execute(
                    "INSERT INTO owner (id, pid, start_ticks, boot_id, pid_namespace, uid, host,"
                    " lock_inode, label, opened_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (number, *self.me.values(), self.locks.inode, label, now()),
                )
                self.locks.check_place()
                self.check_place()
        except BaseException:
            if number is not None:
                self.locks.release(number)
            raise
        return number

    # end::register[]
    def next_free(self):
        """The byte is held before the row is there, so no process ever sees an owner without it."""
        (number,) = self.db.execute(
            "SELECT ifnull(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'owner'"
        ).fetchone()
        while not self.locks.hold(number):
            number += 1  # the database was deleted under a process that still holds its byte
        return number

    def open_job(self, name):
        return {"id": None, "name": name, "opened_at": now()}

    def defer(self, job, *arguments, timeout="PT1M"):
        """Registers a command; when this returns, it will be run."""
        command = {
            "arguments": arguments,
            "environment": {},
            "directory": None,
            "timeout": timeout,
            "successExitCodes": [0],
        }
        with transaction(self.db):
            job_id = job["id"]
            if job_id is None:  # a job that defers nothing leaves no row
                row = (job["name"], self.id, job["opened_at"])
                insert = "INSERT INTO job (name, opened_by, opened_at) VALUES (?, ?, ?)"
                job_id = self.db.execute(insert, row).lastrowid
            owner = (self.id, self.me["pid"], self.me["boot_id"])
            call = (self.code(), json.dumps([command], ensure_ascii=False))
            self.check_place()
            function = self.db.execute(
                "INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id,"
                " code_id, arguments, max_attempts, registered_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (job_id, *owner, *call, self.max_attempts, now()),
            ).lastrowid
        job["id"] = job_id  # once it is committed
        return function

    def code(self):
        """What is called, and for people where that came from: the row that says so, or a new one."""
        with open(__file__, "rb") as file:
            origin = f"{__file__}#{hashlib.sha256(file.read()).hexdigest()[:16]}"
        code = (COMMAND, "Commands::run", origin)
        find = (
            "SELECT id FROM code WHERE function = ? AND name = ? AND origin = ?"
            " AND class_digest IS NULL"
        )
        insert = "INSERT INTO code (function, name, origin) VALUES (?, ?, ?)"
        row = self.db.execute(find, code).fetchone()
        return row[0] if row else self.db.execute(insert, code).lastrowid


    def check_place(self):
        if place(self.directory) != self.place:
            raise RuntimeError(f"{self.directory} was deleted or replaced under this process")

    def close_job(self, job):
        if job["id"] is not None:
            self.runner.close(job["id"])

    def reap(self):
        return self.reaper.reap()

    def close(self):
        """First the row, then the byte: a row that is open without its byte looks dead."""
        self.db.execute(
            "UPDATE owner SET closed_at = ?, end_reason = 'closed'"
            " WHERE id = ? AND closed_at IS NULL",
            (now(), self.id),
        )
        self.locks.release(self.id)
        self.db.close()

