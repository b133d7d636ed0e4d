"""What /proc tells of this process and of others."""

import os


# tag::identity[]
def stat(pid):
    """State and start ticks of a process; None if there is none, LookupError if nobody can tell."""
    try:
        with open(f"/proc/{pid}/stat", encoding="iso-8859-1") as file:
            rest = file.read().rpartition(")")[2].split()  # the name may hold anything, ")" too
        return rest[0], int(rest[19])  # fields 3 and 22
    except (FileNotFoundError, ProcessLookupError):
        if os.path.exists("/proc/1/stat"):
            return None
    except (OSError, IndexError, ValueError):
        pass
    raise LookupError(pid)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read().strip()


def identity():
    return {
        "pid": os.getpid(),
        "start_ticks": stat("self")[1],
        "boot_id": read("/proc/sys/kernel/random/boot_id"),
        "pid_namespace": os.readlink("/proc/self/ns/pid"),
        "uid": os.getuid(),
        "host": read("/proc/sys/kernel/hostname"),
    }


# end::identity[]
