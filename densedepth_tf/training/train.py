"""The one function behind `train.py`: from a configuration to a run folder."""

import math
from collections.abc import Collection
from dataclasses import dataclass, fields

import keras
import tensorflow as tf
from tqdm import tqdm

from densedepth_tf.data.batches.loader import ReadSamples
from densedepth_tf.data.batches.prefetch import prefetch_to_gpu
from densedepth_tf.process.wording import counted, tell, worded
from densedepth_tf.training.callbacks.average_statistics import AverageStatistics
from densedepth_tf.training.callbacks.best_checkpoint import BestCheckpoint
from densedepth_tf.training.callbacks.constant_prediction import ConstantPrediction
from densedepth_tf.training.callbacks.freeze_encoder import FreezeEncoder
from densedepth_tf.training.callbacks.keep_memory import KeepMemory
from densedepth_tf.training.callbacks.log_epochs import LogEpochs
from densedepth_tf.training.callbacks.non_finite import StopOnNonFiniteLoss
from densedepth_tf.training.callbacks.nothing_explained import NothingExplained
from densedepth_tf.training.callbacks.nothing_known import StopOnNothingKnown
from densedepth_tf.training.callbacks.panels import Panels
from densedepth_tf.training.callbacks.progress import Progress
from densedepth_tf.training.callbacks.scalars import Scalars
from densedepth_tf.training.callbacks.upload_run import UploadRun
from densedepth_tf.training.distribution.distributed_fit import distributed_fit
from densedepth_tf.training.distribution.replicas import open_replicas
from densedepth_tf.training.families import open_system
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.backup import Backup, drop_weights
from densedepth_tf.training.run.bucket_run import run_on_this_machine
from densedepth_tf.training.run.changed_options import follow_changes
from densedepth_tf.training.run.curves import Curves, write_curves
from densedepth_tf.training.run.epoch_log import EPOCH, read_log
from densedepth_tf.training.run.model_card import write_model_card
from densedepth_tf.training.run.notes import EARLY_STOPPING, RESUMED_WITH, note
from densedepth_tf.training.run.run_folder import RunFolder
from densedepth_tf.training.run.run_record import RecordRun
from densedepth_tf.training.run.sample_record import SampleRecord
from densedepth_tf.training.system import Stage, TrainingSystem


@dataclass(frozen=True)
class TrainingResult:
    """What a training left behind.

    Attributes:
        folder: The run folder.
        best_value: Smallest validation loss.
        skipped: Messages of the samples that could not be read.
    """

    folder: RunFolder
    best_value: float
    skipped: list[str]


def train(config: TrainingOptions, resume_with: Collection[str] = ()) -> TrainingResult:
    """Trains a model, or goes on with a training that was interrupted.

    Leaves `config.yaml`, the best `model.keras`, `training_samples.csv`, `logs/` (TensorBoard,
    CSV), `panels/`, `curves.png` and a model card (`README.md`) in the run folder, and until it has
    finished `backup/`. A `workdir` in a bucket is trained in through a folder on this machine,
    which is uploaded after every epoch.

    Args:
        config: Options, as of `train.py`.
        resume_with: Names of options whose values may be others than those the run in the folder
            was begun with: data that moved, a smaller batch, another learning rate.

    Raises:
        ValueError: For options or data that cannot be used, and when the loss stops being finite.
        KeyboardInterrupt: As usual, but its message tells how to go on.
        OSError: If data cannot be read, or the run folder cannot be written or is being trained in,
            or in a bucket cannot be downloaded or uploaded.
    """
    with (
        open_replicas(config, sorted(resume_with)) as replicas,
        run_on_this_machine(config, replicas.is_chief) as (here, in_bucket),
    ):
        system = open_system(here)
        system.replicas = replicas
        replicas.check_data(system.sources)
        replicas.check_validation(len(system.validation.source), here.batch_size)
        folder = RunFolder(here.run_folder)
        if in_bucket is not None:
            folder = RunFolder(in_bucket.path, in_bucket.address, in_bucket.push)
        if not replicas.is_chief:
            return _train(system, folder, resume_with)
        folder.check(here, resume_with)
        with folder.claim():
            return _train(system, folder, resume_with)


def _train(
    system: TrainingSystem, folder: RunFolder, resume_with: Collection[str]
) -> TrainingResult:
    config = system.config
    replicas = system.replicas
    writes = replicas.is_chief
    finished = replicas.from_chief("finished epochs", lambda: folder.finished_epochs(config))
    stages = [stage for stage in system.stages if stage.end > finished] or [system.stages[-1]]
    changes = folder.changes(config, resume_with) if finished and writes else []
    record = SampleRecord(
        folder.samples,
        system.samples_read,
        system.validation,
        system.steps_per_epoch * config.batch_size,
        config.starting_model,
        resume=finished > 0,
        gather=replicas.gather,
        writes=writes,
    )
    for stage in stages:
        keras.utils.set_random_seed(config.seed)
        resume = finished > stage.start
        model = system.build(stage, resume)
        if not writes:
            best = _train_stage(system, stage, model, folder, resume, record, changed=False)
            continue
        if stage is stages[0]:
            # Not earlier: a model that cannot be built must not cost the run that is in the folder.
            folder.prepare(config)
        for topic, text in system.remarks(model).items():
            note(folder.notes, topic, text)
        if changes:
            note(folder.notes, RESUMED_WITH, f"after epoch {finished}: {'; '.join(changes)}")
        try:
            best = _train_stage(system, stage, model, folder, resume, record, bool(changes))
        finally:
            _sum_up(folder)
    if writes and not config.keep_backup:
        drop_weights(folder.backup)
    skipped = [*system.samples_read.skipped.values(), *system.validation.skipped.values()]
    if writes:
        _report(folder, config.keep, best, skipped)
    return TrainingResult(folder, best, skipped)


def _train_stage(
    system: TrainingSystem,
    stage: Stage,
    model: keras.Model,
    folder: RunFolder,
    resume: bool,
    record: SampleRecord,
    changed: bool,
) -> float:
    """Trains until the stage ends; returns its smallest validation loss."""
    config, replicas = system.config, system.replicas
    callbacks = _callbacks(config, folder, system, stage, record)
    best, backup, progress = (
        next(callback for callback in callbacks if isinstance(callback, kind))
        for kind in (BestCheckpoint, Backup, Progress)
    )
    if replicas.is_chief:
        first_epoch = backup.restore(model) if resume else stage.start
        folder.forget_after(first_epoch)
    state = replicas.from_chief("state of the callbacks", lambda: backup.state)
    if not replicas.is_chief:  # Its weights come with those of the model, by `begin`.
        first_epoch = backup.follow(state) if resume else stage.start
        callbacks = [each for each in callbacks if isinstance(each, EVERYWHERE)]
    if first_epoch >= stage.end or backup.stopped:
        if stage.end == config.epochs and replicas.is_chief:
            tell(f"Nothing left to train: '{folder.title}' has finished after epoch {first_epoch}")
        return best.best
    if resume and replicas.is_chief:
        tell(f"Resuming after epoch {first_epoch} from '{folder.title}/backup'")
    steps = system.steps_per_epoch
    if resume and changed:
        follow_changes(model.optimizer, config, (first_epoch - stage.start) * steps)
    replicas.begin(model)
    training = system.training_batches(model, first_epoch * steps * config.batch_size)
    training = prefetch_to_gpu(training, config.strategy)
    # Not ahead of time: their number would be unknown, and Keras would warn of their end.
    validation = system.validation_batches(model)
    validation_steps = None
    if replicas.number > 1:
        # Devices that ask each other at every step whether there is more would wait for it.
        number = len(system.validation.source)
        validation_steps = replicas.share.validation_steps(number, config.batch_size)
        validation = replicas.distribute(validation.repeat(), config.batch_size)
    try:
        with distributed_fit(replicas.strategy):
            model.fit(
                replicas.distribute(training, config.batch_size),
                validation_data=validation,
                validation_steps=validation_steps,
                epochs=stage.end,
                initial_epoch=first_epoch,
                steps_per_epoch=steps,
                callbacks=callbacks,
                shuffle=False,
                verbose=0,
            )
    except KeyboardInterrupt:
        # Of several hosts only the chief has the file.
        command = folder.how_to_go_on()
        command = command if replicas.hosts is None else "the same command on every host"
        raise KeyboardInterrupt(f"to go on after the last finished epoch: {command}") from None
    except tf.errors.OpError as error:
        reason = _reason(error, system.samples_read, system.validation)
        if reason is None:
            raise
        raise reason from error
    finally:
        progress.close()
    if backup.stopped and replicas.is_chief:
        _note_early_stop(config, stage, folder)
    return best.best


def _reason(
    error: tf.errors.OpError, training: ReadSamples, validation: ReadSamples
) -> Exception | None:
    """What to raise for an error of TensorFlow's, which wraps what it met in pages of its own."""
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return ValueError("Not enough memory: choose a smaller `batch_size` or `image_size`")
    for loader in (training, validation):
        if loader.error is not None:
            return loader.error
    if "XLA" in error.message and "compil" in error.message.lower():
        return ValueError(
            "XLA cannot compile this training step: pass `xla='never'`. Received: "
            f"{error.message.splitlines()[0]}"
        )
    if isinstance(error, tf.errors.FailedPreconditionError) and "to contain" in error.message:
        shortages = [said for said in (training.shortage(), validation.shortage()) if said]
        return ValueError(" ".join(shortages)) if shortages else None
    if isinstance(error, tf.errors.DataLossError):
        return ValueError(
            f"A shard of {training.source.title} or {validation.source.title} is damaged; "
            "`python -m densedepth_tf inspect` finds out which"
        )
    return None


def _callbacks(
    config: TrainingOptions,
    folder: RunFolder,
    system: TrainingSystem,
    stage: Stage,
    record: SampleRecord,
) -> list[keras.callbacks.Callback]:
    """In the order they run at an epoch's end; the backup must see what the others did."""
    ema = keras.callbacks.SwapEMAWeights() if config.ema else None
    best = BestCheckpoint(folder.path, system.files, stage.file, ema=ema, keep=config.keep)
    counting: list[keras.callbacks.Callback] = [best]
    if config.schedule == "plateau":
        counting.append(
            keras.callbacks.ReduceLROnPlateau(
                factor=0.7, patience=5, min_lr=min(9e-5, config.learning_rate), min_delta=1e-2
            )
        )
    if config.early_stopping:
        counting.append(keras.callbacks.EarlyStopping(patience=config.early_stopping))
    return [
        *([AverageStatistics(system.replicas), KeepMemory()] * (system.replicas.number > 1)),
        *([ema] if ema else []),
        StopOnNonFiniteLoss(system.samples_read, system.validation, config.batch_size),
        StopOnNothingKnown(system.samples_read, system.validation),
        record,
        *([FreezeEncoder(system.depth_network, system.frozen_epochs)] * bool(system.frozen_epochs)),
        *counting,
        ConstantPrediction(
            system.images_to_watch(),
            config.image_height_width,
            folder,
            ema,
            system.depth_network,
            takes_momentum="batch_norm_momentum" in {each.name for each in fields(config)},
        ),
        NothingExplained(folder),
        Panels(system.draw, folder.panels, folder.logs / "panels", ema),
        Scalars(folder.logs),
        LogEpochs(folder.csv_log),
        Curves(folder.csv_log, folder.curves),
        Progress(config.batch_size, config.epochs),
        RecordRun(folder.record),
        Backup(folder.backup, counting, writes=system.replicas.is_chief),
        *([] if folder.upload is None else [UploadRun(folder.upload)]),
    ]


# What every host of a training needs, the chief or not: what changes the model or ends the run, and
# what asks all of them. None of it writes there.
EVERYWHERE = (
    AverageStatistics,
    KeepMemory,
    keras.callbacks.SwapEMAWeights,
    StopOnNonFiniteLoss,
    StopOnNothingKnown,
    SampleRecord,
    FreezeEncoder,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.EarlyStopping,
    Backup,
)


def _note_early_stop(config: TrainingOptions, stage: Stage, folder: RunFolder) -> None:
    """Says which epoch was the last and which the best; of a first stage, too."""
    rows = [row for row in read_log(folder.csv_log) if int(row[EPOCH]) > stage.start]
    best = min(rows, key=lambda row: float(row["val_loss"]))
    waited = f"{config.early_stopping} epoch{'s' * (config.early_stopping > 1)}"
    topic = EARLY_STOPPING if stage.end == config.epochs else f"{EARLY_STOPPING} of '{stage.file}'"
    note(
        folder.notes,
        topic,
        f"after epoch {rows[-1][EPOCH]} of {stage.end}, as the validation loss had not fallen for "
        f"{waited}; the best was epoch {best[EPOCH]} ({float(best['val_loss']):.4f}), kept is the "
        f"{config.keep}",
    )


def _sum_up(folder: RunFolder) -> None:
    """Writes curves and card, however the training ended."""
    try:
        write_curves(folder.csv_log, folder.curves)
        if folder.model.is_file():
            write_model_card(folder.path)
    except (OSError, ValueError) as error:  # Must not hide how the training ended.
        tell(f"No curves or model card: {error}", "warning")


def _report(folder: RunFolder, kept: str, best: float, skipped: list[str]) -> None:
    if skipped:
        verb = "was" if len(skipped) == 1 else "were"
        samples = counted(len(skipped), "unreadable sample")
        tell(f"{samples} {verb} skipped: {'; '.join(skipped[:5])}", "warning")
    value = f" (validation loss {best:.4f})" if kept == "best" and math.isfinite(best) else ""
    kept_model = f"{kept.capitalize()} model{value}: '{folder.title}/{folder.model.name}'"
    tqdm.write(worded(f"{kept_model}. Next: evaluate.py --checkpoint {folder.title}"))
