"""Photographs without depth that learn from what teachers see in each of them as a whole."""

import numpy as np
from typing_extensions import override

from densedepth_tf.data.changed_samples import ChangedSamples
from densedepth_tf.data.pairs.photographs import PhotographsSource
from densedepth_tf.data.sample import Sample
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.geometry.depth_model import as_depth_model
from densedepth_tf.geometry.finite import NotFiniteError, check_finite_depth
from densedepth_tf.geometry.region import Region, pixels_inside
from densedepth_tf.training.densedepth.teachers import AnySizeTeacher, TeacherMean, resized


class PseudoLabelledSource(ChangedSamples):
    """Photographs, each with the depth that a teacher predicts of it as it was taken.

    What augmentation makes of a photograph then has the depth that follows: a crop enlarged by s is
    s times closer, and soft or recoloured pictures are as far away as they were. A teacher that is
    asked about such views (`Distillation`) answers with what it takes them for (Yang et al. 2024,
    Depth Anything, section 3.2).

    Args:
        source: The photographs.
        teacher: Predicts their depth, of the part that it sees.
        image_size: (height, width) to which they are brought for it.
    """

    def __init__(
        self,
        source: PhotographsSource,
        teacher: AnySizeTeacher | TeacherMean,
        image_size: tuple[int, int],
    ):
        super().__init__(source)
        self._teacher = as_depth_model(teacher)
        self._image_size = image_size

    @override
    def changed(self, sample: Sample) -> Sample:
        labelled = sample.copy()
        try:
            labelled["depth"] = self._depth(sample["image"])
        except NotFiniteError as error:
            raise BadSampleError(f"'{sample['name']}' has no pseudo label: {error}") from error
        return labelled

    def _depth(self, image: np.ndarray) -> np.ndarray:
        seen = resized(image, self._image_size)
        depth = np.asarray(self._teacher.predict_depth(seen[np.newaxis]))[0]
        check_finite_depth(depth, f"teacher {self._teacher.name}")
        height, width = image.shape[:2]
        view = Region(*self._teacher.view)
        rows = pixels_inside(height, view.top, view.bottom)
        columns = pixels_inside(width, view.left, view.right)
        known: np.ndarray = np.where(
            rows[:, None] & columns, resized(depth, (height, width)), np.float32(0)
        )
        return known[..., np.newaxis]
