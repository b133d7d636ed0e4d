"""What /proc tells of this process and of others."""

import os


def start_ticks(pid):
    """Field 22 of a stat line; None if the process has ended, LookupError if /proc cannot tell."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            raise LookupError("/proc belongs to another pid namespace")
        with open(f"/proc/{pid}/stat", encoding="iso-8859-1") as file:
            rest = file.read().rpartition(")")[2].split()  # the name may hold anything, ")" too
        state, threads, ticks = rest[0], int(rest[17]), int(rest[19])  # fields 3, 20 and 22
        return None if state in "Xx" or (state == "Z" and threads <= 1) else ticks
    except (FileNotFoundError, ProcessLookupError):
        if os.path.exists("/proc/1/stat"):  # else others are hidden: an absence says nothing
            return None
    except (OSError, IndexError, ValueError):
        pass
    raise LookupError(f"/proc does not tell about process {pid}")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def identity():
    return {
        "pid": os.getpid(),
        "start_ticks": start_ticks(os.getpid()),
        "boot_id": read("/proc/sys/kernel/random/boot_id"),
        "pid_namespace": os.readlink("/proc/self/ns/pid"),
        "uid": os.getuid(),
        "host": read("/proc/sys/kernel/hostname"),
    }


