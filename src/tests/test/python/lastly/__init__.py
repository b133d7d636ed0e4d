"""A worker of Lastly without a JVM: the worked example of docs/protocol.md.

Nothing but Python's standard library, on a POSIX system with /proc. It registers and runs commands,
and cleans up after workers that have died, whatever language those were written in.
"""

from lastly.owner import Owner

__all__ = ["Owner"]
