"""The database: opening it, and transactions."""

import contextlib
import os
import pathlib
import sqlite3
import time

APPLICATION = 1280529497  # PRAGMA application_id: "LSTY"
SCHEMA = 10  # PRAGMA user_version: the one that this program was written for
SAFE_SQLITE = (3, 51, 3)  # older ones must not make checkpoints while others write
COMMAND = (
    "dev.lastly.cleanup.Commands#run(Ldev/lastly/cleanup/Command;)"
    "Ldev/lastly/cleanup/CommandOutput;"
)
NEXT_NO = "(SELECT last + 1 FROM change)"  # of a change; in the order of the commits


def now():
    return time.time_ns() // 1_000_000


# tag::connect[]
def connect(directory):
    """Opens a database that a JVM has made; never makes or migrates one."""
    mode = os.stat(directory).st_mode
    if mode & 0o022:
        raise RuntimeError(f"{directory} can be written by others; say chmod go-w")
    file = pathlib.Path(directory, "deferred.db")
    db = sqlite3.connect(file.as_uri() + "?mode=rw", uri=True, timeout=30, isolation_level=None)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA recursive_triggers = ON")
    db.execute("PRAGMA synchronous = FULL")  # what is registered survives a power cut
    if sqlite3.sqlite_version_info < SAFE_SQLITE:
        db.execute("PRAGMA wal_autocheckpoint = 0")
    check_version(db)
    return db


# end::connect[]
def place(directory):
    """Which file it is. A deleted one goes on to take rows, which are lost: look before COMMIT."""
    status = os.stat(os.path.join(directory, "deferred.db"))
    return status.st_dev, status.st_ino


def check_version(db):
    found = [db.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version")]
    if found != [APPLICATION, SCHEMA]:
        raise RuntimeError(f"not a database of schema version {SCHEMA}: found {found}")


@contextlib.contextmanager
def transaction(db):
    """Never BEGIN alone: a transaction that reads first may find that it cannot write any more."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
