"""How many actors a cluster takes, and what each of them may use."""

from collections.abc import Sequence
from dataclasses import dataclass

from densedepth_tf.process.wording import counted

DEFAULT_CPUS = 2  # of an actor: more actors are a little faster, and each holds a model
MOST_CPUS = 8  # more threads than that gain next to nothing


@dataclass(frozen=True)
class Node:
    """What a machine of the cluster offers, as Ray counts it.

    Attributes:
        cpus: Logical CPUs.
        gpus: GPUs.
    """

    cpus: int
    gpus: int = 0


@dataclass(frozen=True)
class ActorPool:
    """Actors that hold a model each.

    Attributes:
        actors: How many.
        cpus: Logical CPUs of each, and the threads that it computes with.
        gpus: GPUs of each: 0 or 1.
    """

    actors: int
    cpus: int
    gpus: int = 0


def plan_pool(
    nodes: Sequence[Node], actors: int | None = None, *, use_gpus: bool = False
) -> ActorPool:
    """Plans the actors of a cluster; on every node one logical CPU is left to Ray Data itself.

    Args:
        nodes: The machines.
        actors: How many are wanted; None leaves two CPUs to each, or one GPU where there are any.
        use_gpus: The model uses GPUs.

    Returns:
        The pool, whose actors get as many CPUs as there are for all of them.

    Raises:
        ValueError: If `actors` do not fit.
    """
    gpus = int(use_gpus and any(node.gpus for node in nodes))

    def room(cpus: int) -> int:
        by_cpus = ((node.cpus - 1) // cpus for node in nodes)
        limits = (node.gpus if gpus else node.cpus for node in nodes)
        return sum(min(fits, limit) for fits, limit in zip(by_cpus, limits, strict=True))

    most = room(1)
    number = actors or (most if gpus else room(DEFAULT_CPUS)) or most
    if not 1 <= number <= most:
        cpus, all_gpus = sum(node.cpus for node in nodes), sum(node.gpus for node in nodes)
        raise ValueError(
            f"There is room for {counted(most, 'actor')}: {counted(len(nodes), 'node')} with "
            f"{counted(cpus, 'logical CPU')} and {counted(all_gpus, 'GPU')}, and one CPU of each "
            f"node is left to reading. Received: `actors={actors}`"
        )
    cpus = max(each for each in range(1, MOST_CPUS + 1) if room(each) >= number)
    return ActorPool(number, cpus, gpus)
