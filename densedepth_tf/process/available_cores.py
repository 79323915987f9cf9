"""How many cores this process may use."""

import os

_limit: list[int] = []  # what the process was told last


def available_cores() -> int:
    """The cores that the system lets this process run on.

    Fewer than it has under `taskset`, in a container or in a batch job; all of them where the
    system does not tell. No more than `limit_cores` leaves.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return min([cores, *_limit])


def limit_cores(number: int) -> None:
    """Leaves at most `number` cores to this process, for models that are loaded from now on."""
    _limit[:] = [number]
    # TensorFlow reads these when it starts.
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(available_cores())
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"


def hide_gpus() -> None:
    """Leaves no GPU to this process, which has not begun to use one."""
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"


def core_limit() -> int | None:
    """What `limit_cores` has left, None where nothing was limited."""
    return available_cores() if _limit else None
