"""Processors shared as in production: by thread, not by session.

Where processes are in no cgroup, Linux shares a processor among sessions first and only then among the threads of each
(sched(7), "The autogroup feature"). Each of PostgreSQL's backends is a session, so that one gets as much as all services
and the broker together, and a nice value counts within its session alone. Pods and systemd's units are in cgroups, where
nothing of this holds.
"""

import contextlib
import pathlib

SETTING = pathlib.Path("/proc/sys/kernel/sched_autogroup_enabled")


def shares_by_session():
    """Whether this machine does."""
    return SETTING.exists() and SETTING.read_text(encoding="ascii").strip() == "1"


@contextlib.contextmanager
def shared_by_thread():
    """The whole machine, meanwhile; left as it is where that is not allowed."""
    changed = False
    if shares_by_session():
        with contextlib.suppress(OSError):  # without the right, or read-only as in a container
            SETTING.write_text("0", encoding="ascii")
            changed = True
    try:
        yield
    finally:
        if changed:
            SETTING.write_text("1", encoding="ascii")
