"""What an actor does that writes shards: one at a time, from its first row to the last."""

import os
from dataclasses import dataclass
from pathlib import Path

from densedepth_tf.bulk.depth_shards import SHARD_KINDS, DepthRow
from densedepth_tf.bulk.picture_worker import PictureJob, PictureWorker, UnitReport
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.outputs.output_record import Stamp
from densedepth_tf.inference.batch_plan import plan_batches
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs.sidecar import encode_sidecar
from densedepth_tf.inference.prediction import Failure, Prediction, release
from densedepth_tf.inference.prediction_report import Written


@dataclass(frozen=True)
class Shard:
    """One shard.

    Attributes:
        name: Its file, relative to the output folder.
        files: Its images.
    """

    name: str
    files: tuple[ImageFile, ...]


class ShardWorker(PictureWorker[Shard]):
    """Predicts the pictures of a shard and writes it, in one step.

    Args:
        job: What is the same for all shards.
        kind: See `depth_shards`.
    """

    def __init__(self, job: PictureJob, kind: str):
        super().__init__(job, ())
        self._shard = SHARD_KINDS[kind]

    def predict(self, unit: Shard) -> UnitReport:
        """Predicts and writes a shard."""
        report, path = UnitReport(), self._place.folder / unit.name
        stamps: dict[Path, Stamp | None] = {}
        batches = plan_batches(unit.files, self._job.batch_size)
        with atomic_path(path) as temporary, self._shard(temporary) as add:
            for outcome in self._predictions(batches, stamps):
                row = self._row(outcome)
                release(outcome)
                add(row)
                if row.failure is not None:
                    report.outcomes.append(Failure(outcome.source, row.failure))
                elif isinstance(outcome, Prediction):
                    report.outcomes.append(Written(outcome.source, False, False, outcome.lens))
        sources = [file.source for file in unit.files]
        reasons = {
            failure.source.name: failure.reason
            for failure in report.outcomes
            if isinstance(failure, Failure)
        }
        with self._place.record_of_part(self._job.settings) as record:
            self._place.publish([unit.name])
            found = [stamps[file.path] for file in unit.files]
            record.add(sources, [unit.name], found, reasons)
        report.part = record.part
        return report

    def _row(self, outcome: Prediction | Failure) -> DepthRow:
        name, image = (
            os.fsencode(path).decode(errors="backslashreplace")
            for path in (outcome.source.name, outcome.source.title)
        )
        if isinstance(outcome, Failure):
            return DepthRow(name, image, failure=outcome.reason)
        options, size = self._job.options, outcome.depth.shape[:2]
        try:
            camera = options.intrinsics.of_image(size, outcome.source.path)
        except ValueError as error:
            return DepthRow(name, image, failure=f"'{outcome.source.title}': {error}")
        sidecar = encode_sidecar(outcome, options, camera, of_png=False)
        return DepthRow(name, image, outcome.depth, sidecar.decode())
