"""Units of work on a pool of Ray's actors, each of which is made once and keeps its model."""

import logging
import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from densedepth_tf.bulk.actor_pool import ActorPool
from densedepth_tf.process.first_line import LONGEST

MAX_IN_FLIGHT = 2  # units that an actor has been given: the next one is there when one is done

Unit = TypeVar("Unit")
Result = TypeVar("Result")
Unit_contra = TypeVar("Unit_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Worker(Protocol[Unit_contra, Result_co]):
    """What an actor does."""

    def __call__(self, unit: Unit_contra, /) -> Result_co:
        """Does one unit of work."""


def call_once(function: Callable[..., Result], *arguments: Any, pool: ActorPool) -> Result:
    """Calls a function in a process of the cluster that ends with it.

    Raises:
        Exception: What the function raises.
        OSError: If Ray fails.
    """
    import ray

    remote = ray.remote(num_cpus=pool.cpus, num_gpus=pool.gpus, max_calls=1)(_caught)
    try:
        content = ray.get(remote.remote(function, *arguments))
    except ray.exceptions.RayError as error:
        raise OSError(f"Ray failed: {_told(error)}") from error
    return _opened(content)


def run_units(
    units: Sequence[Unit],
    worker: Callable[..., Worker[Unit, Result]],
    *arguments: Any,
    pool: ActorPool,
) -> Iterator[Result]:
    """Gives every unit to an actor and yields the results as they come, in any order.

    A unit whose actor dies is done again by another: work must be such that this does no harm.
    Units and results are small, and no more of them are under way than actors can take.

    Args:
        units: The work; everything is pickled.
        worker: A class or function of a module, called with `arguments` in every actor; what it
            returns is called with the units.
        *arguments: See `worker`.
        pool: The actors.

    Raises:
        Exception: What a worker raises, which ends the run.
        OSError: If Ray fails.
    """
    import ray

    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # which has a level of its own
    if not units:
        return
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    rows = [{"unit": pickle.dumps(unit)} for unit in units]
    # Blocks of one unit, so that every result is told as soon as it is there.
    dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        _Adapter,
        fn_constructor_args=(worker, *arguments),
        batch_size=1,
        batch_format="numpy",
        compute=ray.data.ActorPoolStrategy(
            size=min(pool.actors, len(units)), max_tasks_in_flight_per_actor=MAX_IN_FLIGHT
        ),
        num_cpus=pool.cpus,
        num_gpus=pool.gpus,
    )
    try:
        for row in dataset.iter_rows():
            yield _opened(row["result"])
    except ray.exceptions.RayError as error:
        raise OSError(f"Ray failed: {_told(error)}") from error


class _Adapter(Generic[Unit, Result]):
    """A worker as Ray Data calls it."""

    def __init__(self, worker: Callable[..., Worker[Unit, Result]], *arguments: Any):
        self._make = worker, arguments
        self._worker: Worker[Unit, Result] | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        (unit,) = batch["unit"]
        return {"result": [_caught(self._do, pickle.loads(unit))]}

    def _do(self, unit: Unit) -> Result:
        if self._worker is None:
            make, arguments = self._make
            self._worker = make(*arguments)
        return self._worker(unit)


def _caught(function: Callable[..., Result], *arguments: Any) -> bytes:
    """Ray would wrap what is raised in a traceback, and try again."""
    try:
        return pickle.dumps((function(*arguments), None))
    except Exception as error:
        return pickle.dumps((None, portable_error(error)))


def _told(error: Exception) -> str:
    """The last line of what Ray says, which is the reason: before it there is a traceback."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).split("\n")
    told = [line.strip() for line in lines if line.strip()]
    return (told[-1] if told else type(error).__name__)[:LONGEST]


def portable_error(error: Exception) -> Exception:
    """An error as it can be sent to another process, which some classes of errors cannot."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _opened(content: bytes) -> Any:  # noqa: ANN401  # what was pickled
    result, error = pickle.loads(content)
    if error is not None:
        raise error
    return result
