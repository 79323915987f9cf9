"""How many cores this process may use."""

import os


def available_cores() -> int:
    """The cores that the system lets this process run on.

    Fewer than it has under `taskset`, in a container or in a batch job; all of them where the
    system does not tell.
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
