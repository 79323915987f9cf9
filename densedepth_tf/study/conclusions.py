"""What a study's table says, in sentences."""

from collections.abc import Sequence

from densedepth_tf.evaluation.metric_table import is_better_high
from densedepth_tf.study.figures import TITLES
from densedepth_tf.study.system_result import Spread, SystemResult
from densedepth_tf.training.run.notes import CONSTANT, STANDING

# Topics of notes after which figures are not to be believed unseen.
_FAULTS = {
    CONSTANT: "A validation of {} saw one depth everywhere",
    STANDING: "The training of {} saw an epoch in which nothing moved",
}
JUDGED = (("delta1", False), ("abs_rel", False), ("rmse", False), ("delta1", True))


def conclusions(systems: Sequence[SystemResult]) -> list[str]:
    """Paragraphs on which system is best by which figure, by how much, and at what cost.

    Two systems are told apart by a figure if their means differ by more than the sum of their
    standard deviations over the seeds. With one seed nothing is, and that is said.

    Args:
        systems: The results of all systems.
    """
    several = len(systems[0].runs) > 1
    paragraphs = [" ".join(_unusable(systems)), _caveat(systems) if several else _one_seed()]
    if len(systems) > 1:
        paragraphs[1:1] = [_ranking(systems, several), _cost(systems, several)]
    return [paragraph for paragraph in paragraphs if paragraph]


def told_apart(one: Spread, other: Spread) -> bool:
    """Whether two means differ by more than both spreads."""
    return abs(one.mean - other.mean) > one.deviation + other.deviation


def ranked(systems: Sequence[SystemResult], figure: str, scaled: bool) -> list[SystemResult]:
    """The systems from the best mean to the worst."""
    sign = -1 if is_better_high(figure) else 1
    return sorted(systems, key=lambda system: sign * system.spread(figure, scaled).mean)


def number(spread: Spread) -> str:
    """A mean, and the spread of several trainings."""
    spreads = f" ± {spread.deviation:.3f}" if spread.deviation else ""
    return f"{spread.mean:.3f}{spreads}"


def _ranking(systems: Sequence[SystemResult], several: bool) -> str:
    """A sentence or two for each judged figure."""
    sentences = []
    for figure, scaled in JUDGED:
        best, *others = ranked(systems, figure, scaled)
        top = best.spread(figure, scaled)
        how = f"By {_plain(figure)}" + (" after median scaling" if scaled else "")
        sentences.append(f"{how}, {best.name} is best ({number(top)})")
        spreads = {other.name: other.spread(figure, scaled) for other in others}
        if not several:
            name, second = next(iter(spreads.items()))
            sentences[-1] += f", {abs(top.mean - second.mean):.3f} ahead of {name}."
            continue
        near = [name for name, spread in spreads.items() if not told_apart(top, spread)]
        behind = [
            f"{name} (by {abs(top.mean - spread.mean):.3f})"
            for name, spread in spreads.items()
            if name not in near
        ]
        if near:
            names = _listed([f"{name} ({number(spreads[name])})" for name in near])
            sentences[-1] += f"; {names} {_is(near)} within the spread of it, not told apart"
        if behind:
            sentences[-1] += f"; {_listed(behind)} {_is(behind)} behind by more than the spread"
        sentences[-1] += "."
    return " ".join(sentences)


def _cost(systems: Sequence[SystemResult], several: bool) -> str:
    """What the best by delta1 costs, and who is as good for less."""
    best, *others = ranked(systems, "delta1", False)
    top = best.spread("delta1")
    sentences = [
        f"The best by {TITLES['delta1']}, {best.name}, has {best.parameters:.1f} million weights "
        f"and takes {best.milliseconds:.0f} ms for an image"
    ]
    cheaper = [
        other
        for other in others
        if several
        and not told_apart(top, other.spread("delta1"))
        and other.milliseconds < best.milliseconds
    ]
    if cheaper:
        least = min(cheaper, key=lambda system: system.milliseconds)
        sentences[0] += (
            f"; {least.name}, not told apart from it, has {least.parameters:.1f} million and takes "
            f"{least.milliseconds:.0f} ms"
        )
    sentences[0] += "."
    times = {system.name: system.minutes for system in systems}
    known = {name: minutes for name, minutes in times.items() if minutes is not None}
    if len(known) > 1:
        (shortest, low), (longest, high) = (
            choose((minutes, name) for name, minutes in known.items()) for choose in (min, max)
        )
        sentences.append(
            f"Training took from {shortest:.1f} minutes ({low}) to {longest:.1f} ({high})."
        )
    return " ".join(sentences)


def _unusable(systems: Sequence[SystemResult]) -> list[str]:
    """Trainings that predicted a constant at some time, or saw nothing move."""
    return [
        f"{_FAULTS[topic].format(f'{system.name} with seed {seed}')} (see what the trainings "
        "noticed): look at its examples before believing its figures."
        for system in systems
        for (topic, _), seeds in system.notes.items()
        if topic in _FAULTS
        for seed in seeds
    ]


def _one_seed() -> str:
    return (
        "Each system was trained once. How much its figures would vary with another seed is not "
        "known, so that small differences between systems mean nothing; `seeds: 3` in the study's "
        "file tells."
    )


def _caveat(systems: Sequence[SystemResult]) -> str:
    return (
        f"Systems count as told apart where their means differ by more than the sum of their "
        f"spreads, the standard deviations over {len(systems[0].runs)} trainings that differ in "
        "their seed alone. With so few trainings that is a hint and no test of significance. The "
        "spread tells nothing of other data or of longer trainings, which may change the order."
    )


def _plain(figure: str) -> str:
    """A figure's title without its unit."""
    return TITLES[figure].partition(" [")[0]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
