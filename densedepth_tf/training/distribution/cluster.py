"""Which hosts train together, and which of them this process is."""

import json
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from densedepth_tf.training.options import TrainingOptions

TF_CONFIG = "TF_CONFIG"
_EXAMPLE = "host1:2222,host2:2222"
_ROLES = ("chief", "worker")  # in the order that TensorFlow numbers them in
_HOST = re.compile(r"[\w.-]+|\[[0-9a-fA-F:.]+(%[\w.-]+)?\]")  # a name, IPv4, or IPv6 in brackets
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Cluster:
    """The processes of one training.

    Args:
        addresses: `host:port` of each, the same on all of them; the first is the chief, who writes.
        index: Which of them this process is, from 0.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.addresses)

    @property
    def others(self) -> list[int]:
        """The numbers of the other ones."""
        return [number for number in range(self.size) if number != self.index]

    def name(self, number: int) -> str:
        """How messages call one of them."""
        return f"Worker {number} ({self.addresses[number]})"

    @property
    def port(self) -> int:
        """Where this process listens."""
        return split_address(self.addresses[self.index])[1]


def read_cluster(config: TrainingOptions) -> Cluster:
    """The cluster that the options name, or the variable `TF_CONFIG` where they name none.

    Raises:
        ValueError: If there is none, or this process is none of it.
    """
    if config.workers is not None:
        addresses = _checked([each.strip() for each in config.workers.split(",")], "`workers`")
        if config.worker_index is None:
            raise ValueError(
                f"`worker_index` says which of the {len(addresses)} `workers` this host is, from "
                "0. Received: None"
            )
        return _placed(addresses, config.worker_index, "`worker_index`")
    text = os.environ.get(TF_CONFIG, "")
    if not text:
        raise ValueError(
            "`strategy='multi-worker'` needs the addresses of its hosts: "
            f"`workers='{_EXAMPLE}'` and `worker_index`, or the variable {TF_CONFIG}. "
            "Received: neither"
        )
    return _read_tf_config(text, config.worker_index)


def warn_of_other_hosts() -> None:
    """Warns where `TF_CONFIG` names several hosts, which without their strategy train alone."""
    try:
        jobs = json.loads(os.environ.get(TF_CONFIG) or "{}")["cluster"]
        hosts = sum(len(addresses) for addresses in jobs.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return
    if hosts > 1:
        warnings.warn(
            f"{TF_CONFIG} names {hosts} hosts, each of which trains alone: "
            "`strategy='multi-worker'` lets them train together.",
            stacklevel=2,
        )


def split_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port`."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _read_tf_config(text: str, index: int | None) -> Cluster:
    try:
        value = json.loads(text)
        jobs, task = value["cluster"], value.get("task", {})
        roles = {role: list(jobs[role]) for role in _ROLES if jobs.get(role)}
        role, number = task.get("type", "worker"), int(task.get("index", -1))
        strange = [name for name in jobs if name not in _ROLES and jobs[name]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'{TF_CONFIG} is {{"cluster": {{"worker": ["host:port", ...]}}, "task": {{"type": '
            f'"worker", "index": 0}}}}. Received: {text[:200]}'
        ) from error
    if strange or role not in roles:
        known = ", ".join(_ROLES)
        raise ValueError(
            f"{TF_CONFIG} has other tasks than {known}, or a task that is not in its cluster. "
            f"Received: {', '.join(strange) or role}"
        )
    addresses = _checked([each for some in roles.values() for each in some], TF_CONFIG)
    if index is None and "index" not in task:
        raise ValueError(
            f'{TF_CONFIG} says which host this is by "task": {{"type": "worker", "index": 0}}, or '
            f"pass `worker_index`. Received: {text[:200]}"
        )
    if index is None:
        before = len(roles.get("chief", ())) if role == "worker" else 0
        if not 0 <= number < len(roles[role]):
            number, before = -1, 0
        index = before + number
    return _placed(addresses, index, f"the task's index in {TF_CONFIG}")


def _checked(addresses: list[Any], where: str) -> tuple[str, ...]:
    for address in addresses:
        host, _, port = str(address).rpartition(":")
        if not _HOST.fullmatch(host) or not port.isdecimal() or not 0 < int(port) < 2**16:
            raise ValueError(
                f"{where} are host:port, e.g. {_EXAMPLE}. Received: '{str(address)[:200]}'"
            )
    if len({*map(_same_place, addresses)}) < len(addresses):
        raise ValueError(f"{where} name an address twice. Received: '{','.join(addresses)[:200]}'")
    if not addresses:
        raise ValueError(f"{where} are host:port, e.g. {_EXAMPLE}. Received: none")
    return tuple(addresses)


def _same_place(address: str) -> tuple[str, int]:
    """The same for all spellings of an address."""
    host, port = split_address(address)
    host = host.lower()
    return _HERE[0] if host in _HERE else host, port


def _placed(addresses: tuple[str, ...], index: int, where: str) -> Cluster:
    if not 0 <= index < len(addresses):
        raise ValueError(f"{where} is in 0..{len(addresses) - 1}. Received: {index}")
    return Cluster(addresses, index)


def tf_jobs(cluster: Cluster) -> Mapping[str, list[str]]:
    """The cluster as TensorFlow wants it told: all are workers, the first of which leads."""
    return {"worker": list(cluster.addresses)}
