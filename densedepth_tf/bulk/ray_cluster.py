"""Ray for as long as a run takes: of its own on this machine, or a cluster that is there.

A Ray of its own listens on the loopback interface alone. Neither has a dashboard or sends usage
statistics unless the environment says so.
"""

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from densedepth_tf.bulk.actor_pool import ActorPool, Node, plan_pool
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.first_line import LONGEST
from densedepth_tf.process.interruption import sigterm_kept
from densedepth_tf.process.log_level import tells
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.quiet import quiet

AUTO = "auto"
OBJECT_STORE_BYTES = 2**28  # file names and reports pass through it, no pictures
_ADDRESS = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})")  # IPv6 in brackets
_PATIENCE = 5.0  # seconds
# HTTP/2, 3.4: both ends begin with their settings, a frame of type 4.
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
_FRAME_HEADER, _SETTINGS = 9, 4
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",  # actors without a GPU see none
    "RAY_task_events_report_interval_ms": "0",  # for its dashboard, like the next
    "RAY_enable_metrics_collection": "0",
    "MALLOC_ARENA_MAX": "2",  # see `share_heaps`; its processes have dozens of threads
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # its C++ writes past Python's back, to our terminal too
}
# Ray's own name for "no clusters": its servers then listen on the loopback interface.
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}


@contextlib.contextmanager
def ray_cluster(
    address: str | None = None, actors: int | None = None, *, use_gpus: bool = False
) -> Iterator[ActorPool]:
    """Inside, Ray runs, and there is room for the actors that are yielded.

    Args:
        address: `HOST:PORT` of a cluster's head, or "auto" for the one that runs on this machine;
            None starts one here and ends it. One that the process has joined already is used.
        actors: How many, see `plan_pool`.
        use_gpus: The model uses GPUs.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If the address is none, or the actors do not fit.
        OSError: If nothing answers there, or the cluster cannot be joined.
    """
    if address is not None:
        _check_address(address)
    with _set_environment(_ENVIRONMENT):
        ray = require("ray", "`engine='ray'`", "ray")
        require("ray.data", "`engine='ray'`", "ray")
        is_joined = ray.is_initialized()
        if not is_joined:
            _start(ray, address, actors)
        try:
            yield plan_pool(_nodes(ray), actors, use_gpus=use_gpus)
        finally:
            if not is_joined:
                ray.shutdown()


def _start(ray: ModuleType, address: str | None, actors: int | None) -> None:
    options: dict[str, Any] = {"address": address}
    if address is None:
        options = {
            "address": "local",
            "num_cpus": max(available_cores(), actors or 1) + 1,
            "object_store_memory": OBJECT_STORE_BYTES,
        }
    place = f"the Ray cluster at `address` '{address}'" if address else "Ray on this machine"
    where = contextlib.nullcontext() if address else _loopback(ray)
    with where, sigterm_kept():  # which Ray takes for itself
        try:
            with contextlib.nullcontext() if tells("debug") else quiet():
                ray.init(
                    **options,
                    include_dashboard=False,
                    configure_logging=False,
                    log_to_driver=False,
                )
        # After its own patience Ray ends the process.
        except (Exception, SystemExit) as error:
            if isinstance(error, ConnectionError) and address == AUTO:
                raise OSError(
                    "No Ray cluster runs on this machine. Received: `address` 'auto'"
                ) from error
            # Of another version it says on several lines which.
            said = " ".join(str(error).split())[:LONGEST]
            reason = "" if isinstance(error, SystemExit) else f": {said or type(error).__name__}"
            verb = "join" if address else "start"
            raise OSError(f"Cannot {verb} {place}{reason}") from error


def _nodes(ray: ModuleType) -> list[Node]:
    resources = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    return [Node(int(each.get("CPU", 0)), int(each.get("GPU", 0))) for each in resources]


def _check_address(address: str) -> None:
    """Finds out in seconds what takes Ray two minutes: that there is no cluster."""
    if address == AUTO:
        return
    match = _ADDRESS.fullmatch(address)
    if not match or not 0 < int(match[2]) < 2**16:
        raise ValueError(
            "The `address` of a Ray cluster is HOST:PORT of its head, 6379 by default, or auto. "
            f"Received: '{address}'"
        )
    try:
        place = match[1].strip("[]"), int(match[2])
        with socket.create_connection(place, _PATIENCE) as connection:
            connection.sendall(_GREETING)
            answer = connection.recv(_FRAME_HEADER)
    except OSError as error:
        raise OSError(
            f"No Ray cluster answers at `address` '{address}': {error.strerror or error}"
        ) from error
    if len(answer) < _FRAME_HEADER or answer[3] != _SETTINGS:
        raise OSError(f"What answers at `address` '{address}' is no Ray cluster")


@contextlib.contextmanager
def _set_environment(values: dict[str, str]) -> Iterator[None]:
    """Sets variables that are not set, and takes them back."""
    missing = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in missing})
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _loopback(ray: ModuleType) -> Iterator[None]:
    """Ray's processes look at the environment; this one did when it imported Ray."""
    constants = ray._private.ray_constants
    before = constants.ENABLE_RAY_CLUSTER
    constants.ENABLE_RAY_CLUSTER = False
    try:
        with _set_environment(_LOOPBACK):
            yield
    finally:
        constants.ENABLE_RAY_CLUSTER = before
