"""What `evaluate.py` does under the protocols `odometry` and `kitti-benchmark`."""

import argparse
import os
from pathlib import Path

from densedepth_tf.commands.arguments.protocol_arguments import options_for_protocol, protocol_from
from densedepth_tf.commands.shell.command_line import report_bad
from densedepth_tf.process.wording import counted


def evaluate_odometry(options: argparse.Namespace, output: Path) -> int:
    """Measures the predicted camera motion and writes figures and trajectories.

    Raises:
        ValueError: If the data has no poses, the model does not predict motion, or one trajectory
            fits two sequences.
    """
    from densedepth_tf import load_motion
    from densedepth_tf.data.sequence_datasets import open_frames
    from densedepth_tf.evaluation.odometry.odometry import (
        compare_motions,
        evaluate_odometry,
        read_trajectory,
        trajectory_file,
        true_poses,
        write_odometry,
    )

    frames = open_frames(
        options.dataset,
        options.data_dir,
        options.split,
        holdout_every=options.holdout_every,
        holdout_block=options.holdout_block,
        options=options_for_protocol(options),
    )
    results, bad = [], []
    owners: dict[Path, str] = {}
    predictor = None if options.predictions else load_motion(options.checkpoint[0])
    for sequence in frames.sequences():
        try:
            if predictor is None:
                transforms = read_trajectory(options.predictions, sequence)
                result = compare_motions(sequence.name, transforms, true_poses(sequence))
            else:
                result = evaluate_odometry(predictor, sequence, batch_size=options.batch_size)
        except (ValueError, OSError) as error:
            if options.strict:
                raise
            bad.append(str(error))
            continue
        if predictor is None:
            file = trajectory_file(options.predictions, sequence)
            owner = owners.setdefault(file, sequence.name)
            if owner != sequence.name:
                raise ValueError(
                    f"'{file}' fits the sequences '{owner}' and '{sequence.name}' alike, but "
                    "belongs to one of them. Measure them one at a time, or pass a folder with one "
                    "file per sequence, named after it."
                )
        print(result.describe(), flush=True)
        results.append(result)
    if not results:
        raise ValueError(bad[0])
    write_odometry(results, str(options.predictions or options.checkpoint[0]), output)
    return report_bad(f"Left out {len(bad)} sequences that cannot be measured:", bad)


def export_benchmark(options: argparse.Namespace, output: str | os.PathLike) -> int:
    """Writes predictions of a folder of images as KITTI's depth benchmark takes them.

    Args:
        options: As they were given.
        output: A folder, or its address in a bucket.
    """
    from densedepth_tf.evaluation.kitti_benchmark import export_benchmark
    from densedepth_tf.inference.quick_load import load_as_installed

    done = export_benchmark(
        load_as_installed(options.checkpoint[0]),
        options.data_dir,
        output,
        protocol_from(options),
        strict=options.strict,
    )
    print(f"{output}: {done.num_written} predictions, metres = value / 256")
    return report_bad(f"Left out {counted(len(done.bad), 'image')} that cannot be used:", done.bad)
