"""`evaluate.py`: the figures of one model, of a folder of predictions, or of several models."""

import argparse
import functools
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from densedepth_tf.checkpoints import is_hub_address, is_preset, local_checkpoint
from densedepth_tf.commands.arguments.checkpoint_arguments import checkpoint_range
from densedepth_tf.commands.arguments.engine_arguments import RAY, engine_options
from densedepth_tf.commands.arguments.evaluate_arguments import evaluate_parser
from densedepth_tf.commands.arguments.protocol_arguments import (
    BENCHMARK,
    ODOMETRY,
    flags_without_use,
    options_for_protocol,
    protocol_from,
)
from densedepth_tf.commands.evaluate_on_ray import evaluation_pool, scores_from
from densedepth_tf.commands.evaluate_without_depth import evaluate_odometry, export_benchmark
from densedepth_tf.commands.shell.command_edge import command_edge
from densedepth_tf.commands.shell.command_line import Parser, report_bad, run
from densedepth_tf.commands.shell.flag_names import with_flags
from densedepth_tf.presets.presets import PRESETS
from densedepth_tf.process.wording import counted, did_you_mean

if TYPE_CHECKING:
    from densedepth_tf.bulk.actor_pool import ActorPool
    from densedepth_tf.data.sample import Sample
    from densedepth_tf.data.source import Source
    from densedepth_tf.evaluation.comparison import Candidate
    from densedepth_tf.evaluation.result import EvaluationResult
    from densedepth_tf.geometry.depth_predictor import DepthPredictor


DEFAULT_ROOT = Path("evaluation")


@command_edge("evaluate.py")
def main(arguments: list[str] | None = None) -> NoReturn:
    """Parses the command line and evaluates; exits 0, 1 if some images were skipped, or 2."""
    parser = evaluate_parser()
    options = parser.parse_args(arguments)
    if not options.checkpoint and not options.predictions:
        parser.error("pass --checkpoint, several times to compare models, or --predictions")
    for flag in ("prediction_scale", "prediction_kind", "missing_predictions"):
        if getattr(options, flag) is not None and not options.predictions:
            parser.error(f"--{flag.replace('_', '-')} belongs to --predictions")
    if options.lens == "auto" and not options.checkpoint:
        parser.error("--lens auto needs --checkpoint: files do not say whose camera is theirs")
    if options.predictions and options.mirrored:
        parser.error("--mirrored needs --checkpoint: files have no prediction of mirrored images")
    if options.predictions and options.sharpen:
        parser.error("--sharpen needs --checkpoint: files hold depth as it is to be measured")
    if options.engine == RAY and not options.checkpoint:
        parser.error("--engine ray needs --checkpoint: files are measured in this process")
    _check_protocol(parser, options)
    run(
        parser,
        lambda: _evaluate(options),
        tensorflow=lambda: _needs_tensorflow(options),
    )


def _needs_tensorflow(options: argparse.Namespace) -> bool:
    from densedepth_tf.inference.quick_load import load_as_installed_needs_tensorflow

    _check_checkpoints(options)
    if options.protocol == ODOMETRY:  # Its checkpoints need predict no depth.
        return bool(options.checkpoint)
    return options.dataset == "tfrecord" or any(
        map(load_as_installed_needs_tensorflow, options.checkpoint)
    )


def _check_protocol(parser: Parser, options: argparse.Namespace) -> None:
    """Refuses what a protocol cannot use, and fills in its data set where there is only one."""
    if options.protocol in (ODOMETRY, BENCHMARK):
        if len(options.checkpoint) + bool(options.predictions) > 1:
            parser.error(f"--protocol {options.protocol} takes one model at a time")
        if not options.data_dir:
            parser.error(f"--protocol {options.protocol} needs --data-dir")
        if options.engine == RAY:
            parser.error(f"--engine ray measures depth; --protocol {options.protocol} goes without")
        if unused := flags_without_use(options):
            parser.error(f"--protocol {options.protocol} has no use for {', '.join(unused)}")
    if options.protocol == BENCHMARK:
        if options.predictions:
            parser.error(f"--protocol {BENCHMARK} makes predictions: it needs --checkpoint")
        options.dataset = options.dataset or "folder"
    elif options.protocol == ODOMETRY:
        options.dataset = options.dataset or "kitti-odometry"
    elif not options.dataset:
        parser.error("pass --dataset")


def _evaluate(options: argparse.Namespace) -> int:
    from densedepth_tf.evaluation.report_place import WRITTEN, report_place
    from densedepth_tf.files.claims import claim

    engine_options(options)
    if options.protocol == BENCHMARK:  # It knows which files it will write.
        _check_checkpoints(options)
        return export_benchmark(options, options.output or _default_output(options))
    # Not the checkpoints: a run's figures may lie in its folder.
    inputs = [options.data_dir, options.predictions, options.split_file]
    with report_place(options.output or _default_output(options), inputs) as output:
        _keep_inputs_safe(options, output)
        with claim(output, WRITTEN):
            code = _measure(options, output)
    print(f"\nWritten to {options.output or output}")
    return code


def _keep_inputs_safe(options: argparse.Namespace, output: Path) -> None:
    from densedepth_tf.evaluation.comparison import labels_of
    from densedepth_tf.evaluation.report_place import WRITTEN
    from densedepth_tf.files.outputs.input_safety import InputSafety

    folders = [output, *(output / label for label in labels_of(options.checkpoint))]
    written = [folder / name for folder in folders for name in WRITTEN]
    written += output.glob("trajectory_*")
    written.append(output)  # Figures of a report among the data would be data the next time.
    InputSafety([options.data_dir, options.predictions, options.split_file]).check(written)


def _check_checkpoints(options: argparse.Namespace) -> None:
    for checkpoint in options.checkpoint:
        known = is_preset(checkpoint) or is_hub_address(checkpoint)
        if not known and not Path(local_checkpoint(checkpoint)).exists():
            meant = did_you_mean(checkpoint, PRESETS)
            raise FileNotFoundError(
                f"No such checkpoint.{meant} Received: --checkpoint '{checkpoint}'"
            )


def _measure(options: argparse.Namespace, output: Path) -> int:
    _check_checkpoints(options)
    if options.protocol == ODOMETRY:
        return evaluate_odometry(options, output)

    source = _open(options)
    with evaluation_pool(options) as pool:
        results = _results(options, output, source, pool)
    if not options.sharpen:  # Cards tell of the model alone.
        _renew_model_cards(results)
    if options.predictions and results[-1].metrics["pooled"]["rmse"] == 0:
        warnings.warn(
            f"The predictions of '{options.predictions}' equal the truth in every pixel; are they "
            "the data's own depth maps?",
            stacklevel=2,
        )
    reasons = [image.reason for image in results[0].skipped]
    return report_bad(
        f"Skipped {counted(len(reasons), 'image')} that cannot be used, listed in metrics.json:",
        reasons,
    )


def _open(options: argparse.Namespace) -> "Source[Sample]":
    from densedepth_tf.commands.arguments.data_arguments import open_from
    from densedepth_tf.data.sequences.sequence_depth_source import NoDepthError

    try:
        return open_from(
            options,
            options.num_images,
            options.strict,
            believe_unit=options.cap is not None,
            sequences=options_for_protocol(options),
        )
    except NoDepthError as error:
        if options.dataset != "kitti-odometry":
            raise
        raise NoDepthError(f"{error} Motion is measured by --protocol {ODOMETRY}.") from error


def _results(
    options: argparse.Namespace,
    output: Path,
    source: "Source[Sample]",
    pool: "ActorPool | None",
) -> "list[EvaluationResult]":
    settings = {"batch_size": options.batch_size, "strict": options.strict}
    candidates, protocol = _candidates(options, source, pool), protocol_from(options)
    if len(candidates) > 1:
        from densedepth_tf.evaluation.comparison import compare, comparison_markdown

        results = compare(candidates, source, protocol, output, **settings)
        print(with_flags(comparison_markdown(results)))
        return results
    from densedepth_tf.evaluation.evaluator import evaluate
    from densedepth_tf.evaluation.predictions.sample_predictor import as_sample_predictor
    from densedepth_tf.evaluation.report import metrics_table, write_report

    _, load, checkpoint, scores = candidates[0]
    predictor = as_sample_predictor(load())
    result = evaluate(predictor, source, protocol, checkpoint=checkpoint, scores=scores, **settings)
    # Shown before it is written: a disk that has filled up must not cost the figures.
    print(with_flags(metrics_table(result)), flush=True)
    write_report(result, output, predictor, source)
    return [result]


def _renew_model_cards(results: "list[EvaluationResult]") -> None:
    """The cards of run folders say what was measured, wherever the reports are."""
    from densedepth_tf.training.run.evaluations import run_folder_of

    for result in results:
        if (folder := run_folder_of(result.checkpoint)) is not None:
            from densedepth_tf.training.run.model_card import add_evaluation

            try:
                add_evaluation(folder, result)
            except OSError as error:  # The run may be somebody else's.
                warnings.warn(f"The model card is as it was: {error}", stacklevel=2)


def _candidates(
    options: argparse.Namespace, source: "Source[Sample]", pool: "ActorPool | None"
) -> "list[Candidate]":
    from densedepth_tf.evaluation.comparison import Candidate, labels_of
    from densedepth_tf.inference.sharpened_estimator import SharpenedEstimator

    candidates, labels = [], labels_of(options.checkpoint)
    opens = functools.partial(_open, options)
    for checkpoint, label in zip(options.checkpoint, labels, strict=True):

        def load_checkpoint(checkpoint: str = checkpoint) -> "DepthPredictor":
            from densedepth_tf.inference.quick_load import load_as_installed

            model = load_as_installed(checkpoint, *checkpoint_range(options, checkpoint))
            return SharpenedEstimator(model) if options.sharpen else model

        scores = None
        if pool is not None:
            scores = scores_from(options, checkpoint, opens, source, pool)
        candidates.append(Candidate(label, load_checkpoint, checkpoint, scores))
    if options.predictions:
        from densedepth_tf.evaluation.predictions.predictions_stack import open_predictions

        # Opened at once, so that a wrong folder is reported before the other models run.
        predictions = open_predictions(
            options.predictions, options.prediction_kind, options.prediction_scale
        )
        label = predictions.name if predictions.name not in labels else "predictions"
        candidates.append(Candidate(label, lambda: predictions, options.predictions))
    return candidates


def _default_output(options: argparse.Namespace) -> Path:
    if len(options.checkpoint) + bool(options.predictions) > 1:
        return DEFAULT_ROOT / "comparison"
    path = Path(options.predictions or options.checkpoint[0])
    is_run_folder = not options.predictions and (path / "model.keras").is_file()
    return path if is_run_folder else DEFAULT_ROOT / path.resolve().stem
