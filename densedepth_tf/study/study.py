"""The one function behind `study`: train every system, measure all, write the report."""

import dataclasses
import functools
import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import keras

from densedepth_tf.checkpoints import load
from densedepth_tf.data.sources import open_source
from densedepth_tf.evaluation.comparison import Candidate, compare
from densedepth_tf.evaluation.protocol import get_protocol
from densedepth_tf.files.bucket import below, is_bucket
from densedepth_tf.files.local_copy import local_copy
from densedepth_tf.files.outputs.output_place import OutputPlace, output_place
from densedepth_tf.process.wording import tell
from densedepth_tf.study.config import StudyConfig
from densedepth_tf.study.inference_time import milliseconds
from densedepth_tf.study.report import FILES, PICTURES_FOLDER, REPORT_FILE, write_study
from densedepth_tf.study.system_result import SystemResult
from densedepth_tf.training.callbacks.panels import spread_samples
from densedepth_tf.training.families import open_system
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.model_card import add_evaluation
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.train import train


def run_study(
    study: StudyConfig, workdir: str | os.PathLike, command: str = ""
) -> list[SystemResult]:
    """Trains what is not trained yet, measures every system and writes the report.

    The same call goes on where an earlier one was interrupted. Leaves `study.md`, `study.csv`,
    `curves.png`, `cost.png`, `comparison/` and a run folder for each training in `workdir`. What
    is measured goes into the runs' cards as well, if they are on this machine.

    Args:
        study: The systems.
        workdir: Where everything goes, a folder or its address in a bucket.
        command: What the report says makes it.

    Returns:
        What was found out, in the order of the systems.

    Raises:
        ValueError: For options or data that cannot be used.
        OSError: If data cannot be read or `workdir` not be written, or another study is in it.
    """
    place = output_place(workdir, "workdir")
    place.check_writable()
    with place.claim([REPORT_FILE]):
        return _run_study(study, workdir, place, command)


def _run_study(
    study: StudyConfig, workdir: str | os.PathLike, place: OutputPlace, command: str
) -> list[SystemResult]:
    protocol = get_protocol(study.protocol)
    source = open_source(**study.data)
    # Now, not after hours of training the systems before.
    sizes = {name: _sizes(runs) for name, runs in study.runs.items()}
    image = spread_samples(source, 1)[0]["image"]
    # Seed by seed, so that an interrupted study has all systems of the first ones.
    trainings = [run for runs in zip(*study.runs.values(), strict=True) for run in runs]
    names = itertools.cycle(study.runs)
    for number, (name, run) in enumerate(zip(names, trainings, strict=False), start=1):
        tell(f"{number}/{len(trainings)} {name}, seed {run.seed}")
        train(run)
        keras.backend.clear_session()
    tell("Measuring")
    by_median = dataclasses.replace(protocol, alignment="median")
    metrics, scaled = [], []
    for number in range(len(study.seeds)):
        candidates = _candidates(study, number)
        pictures = below(workdir, PICTURES_FOLDER) if number == 0 else None
        metrics.append(compare(candidates, source, protocol, pictures))
        scaled.append(compare(candidates, source, by_median))
        keras.backend.clear_session()
    times = [milliseconds(load(config.workdir), image) for config in study.systems.values()]
    systems = [
        SystemResult(
            name,
            [_here(run) for run in study.runs[name]],
            list(own),
            list(own_scaled),
            time,
            *sizes[name],
        )
        for name, own, own_scaled, time in zip(
            study.runs, zip(*metrics, strict=True), zip(*scaled, strict=True), times, strict=True
        )
    ]
    for system in systems:
        for run, *results in zip(system.runs, system.metrics, system.scaled, strict=True):
            for result in results:
                if not is_bucket(workdir):
                    add_evaluation(run.run_folder, result)
    write_study(study, systems, place.folder, command)
    place.publish(FILES)
    return systems


def _here(run: TrainingOptions) -> TrainingOptions:
    """A training whose folder, with its logs, is on this machine."""
    if not is_bucket(run.workdir):
        return run
    is_own = RunFolder(Path()).is_own

    def to_read(names: set[str]) -> set[str]:
        return {name for name in names if is_own(name) and not name.startswith("backup/")}

    here = local_copy(run.workdir, to_read, lambda name: set())
    return dataclasses.replace(run, workdir=os.fspath(here))


def _sizes(runs: Sequence[TrainingOptions]) -> tuple[int, int, int]:
    """Images to learn from and to choose by, and steps of an epoch; checks all runs."""
    system = open_system(runs[0])
    for run in runs:
        if not is_bucket(run.workdir):
            RunFolder(run.run_folder).check(run)
    training, validation = system.training.source, system.validation.source
    return len(training), len(validation), system.steps_per_epoch


def _candidates(study: StudyConfig, place: int) -> list[Candidate]:
    """The systems as trained with one of the seeds."""
    return [
        Candidate(name, functools.partial(load, runs[place].workdir), runs[place].workdir)
        for name, runs in study.runs.items()
    ]
