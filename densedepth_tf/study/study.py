"""The one function behind `study`: train every system, measure all, write the report."""

import dataclasses
import functools
from pathlib import Path

import keras

from densedepth_tf.checkpoints import load
from densedepth_tf.data.sources import open_source
from densedepth_tf.evaluation.comparison import Candidate, compare
from densedepth_tf.evaluation.protocol import get_protocol
from densedepth_tf.files.claims import claim
from densedepth_tf.study.config import StudyConfig
from densedepth_tf.study.inference_time import milliseconds
from densedepth_tf.study.report import REPORT_FILE, write_study
from densedepth_tf.study.system_result import SystemResult
from densedepth_tf.training.families import open_system
from densedepth_tf.training.run.panels import spread_samples
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.train import train


def run_study(study: StudyConfig, workdir: Path) -> list[SystemResult]:
    """Trains what is not trained yet, measures every system and writes the report.

    The same call goes on where an earlier one was interrupted. Leaves `study.md`, `curves.png`,
    `cost.png`, `comparison/` and a run folder for each system in `workdir`.

    Args:
        study: The systems.
        workdir: Where everything goes.

    Returns:
        What was found out, in the order of the systems.

    Raises:
        ValueError: For options or data that cannot be used.
        OSError: If data cannot be read or `workdir` not be written, or another study is in it.
    """
    with claim(workdir, [REPORT_FILE]):
        return _run_study(study, workdir)


def _run_study(study: StudyConfig, workdir: Path) -> list[SystemResult]:
    protocol = get_protocol(study.protocol)
    source = open_source(**study.data)
    # Now, not after hours of training the systems before.
    for config in study.systems.values():
        open_system(config)
        RunFolder(config.run_folder).check(config)
    image = spread_samples(source, 1)[0]["image"]
    for number, (name, config) in enumerate(study.systems.items(), start=1):
        print(f"{number}/{len(study.systems)} {name}", flush=True)
        train(config)
        keras.backend.clear_session()
    print("Measuring", flush=True)
    candidates = [
        Candidate(name, functools.partial(load, config.workdir), config.workdir)
        for name, config in study.systems.items()
    ]
    results = compare(candidates, source, protocol, workdir / "comparison")
    by_median = dataclasses.replace(protocol, alignment="median")
    scaled = compare(candidates, source, by_median)
    times = [milliseconds(load(config.workdir), image) for config in study.systems.values()]
    systems = [
        SystemResult(*system)
        for system in zip(
            study.systems, study.systems.values(), results, scaled, times, strict=True
        )
    ]
    write_study(study, systems, workdir)
    return systems
