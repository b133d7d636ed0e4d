"""The bytes of owners.lock."""

import fcntl
import os


class LockFile:
    """owners.lock, opened once in this process and never closed."""

    _opened = {}

    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.inode = os.fstat(self.fd).st_ino  # of what is open, not of what the path leads to
        self.held = set()

    @classmethod
    def of(cls, path):
        """Closing a second descriptor would drop the locks of the first: there must be only one."""
        inode = os.stat(path).st_ino
        if (path, inode) not in cls._opened:
            opened = cls(path)
            inode = opened.inode
            cls._opened[path, inode] = opened
        return cls._opened[path, inode]

    def check_place(self):
        """A byte of a file that was replaced is free to all who look at the new one."""
        if os.stat(self.path).st_ino != self.inode:
            raise RuntimeError(f"{self.path} was deleted or replaced under this process")

    # tag::locks[]
    def hold(self, number):
        """Takes a byte until this process ends or gives it back; False if another owner has it."""
        if number in self.held:  # the kernel would say yes: the byte is our own
            return False
        try:
            fcntl.lockf(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number, os.SEEK_SET)
        except (BlockingIOError, PermissionError):  # EAGAIN or EACCES: another process has it
            return False
        self.held.add(number)
        return True

    def release(self, number):
        fcntl.lockf(self.fd, fcntl.LOCK_UN, 1, number, os.SEEK_SET)
        self.held.discard(number)

    def is_held(self, number):
        if not self.hold(number):
            return True
        self.release(number)
        return False
    # end::locks[]
