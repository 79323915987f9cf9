"""The teachers of a training: models of any kind and size of image, and the mean of several."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from densedepth_tf.checkpoints import load
from densedepth_tf.geometry.depth_model import WHOLE_VIEW, DepthModel, View, as_depth_model
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.geometry.finite import check_finite_depth
from densedepth_tf.geometry.region import Region, pixels_inside
from densedepth_tf.training.densedepth.picture_frame import FrameName, framed
from densedepth_tf.training.weighted_names import WeightedName

# How far a teacher's range may end within a student's: near things are few.
_NEAR_SLACK, _FAR_SLACK = 2.0, 1.05


def open_teacher(
    teachers: Sequence[WeightedName],
    frame: FrameName = "none",
    argument: str = "teacher",
    student_range: tuple[float, float] | None = None,
) -> "AnySizeTeacher | TeacherMean":
    """Loads one teacher, or several as one.

    Args:
        teachers: Checkpoints, see `load`, and their weights in the mean.
        frame: What is painted over the margins of all pictures that they are shown.
        argument: Who names them, for errors.
        student_range: Metres (nearest, farthest) of who learns from them.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ImportError: If the runtime of one is not installed.
        ValueError: If one cannot be loaded, their depth cannot be averaged, or it is not in metres
            or ends before the student's.
    """
    loaded = [AnySizeTeacher(load(name), frame, Path(name).name) for name, _ in teachers]
    names = [name for name, _ in teachers]
    if len(loaded) > 1:
        _check_comparable(names, loaded, argument)
    for name, teacher in zip(names, loaded, strict=True):
        _check_teaches(name, teacher, argument, student_range)
    if len(loaded) == 1:
        return loaded[0]
    return TeacherMean(loaded, [weight for _, weight in teachers])


class AnySizeTeacher:
    """A model on images of any size, also if it takes a single one.

    Args:
        model: Anything that predicts depth.
        frame: What is painted over the margins of the images that it is shown.
        name: What to call it; by default as the model is called.

    Attributes:
        name: Its name.
        view: The model's.
        min_depth: The model's.
        max_depth: The model's.
        depth_unit: The model's.
    """

    def __init__(self, model: DepthPredictor, frame: FrameName = "none", name: str | None = None):
        self._model: DepthModel = as_depth_model(model)
        self._frame = frame
        self.name = name or self._model.name
        self.view: View = self._model.view
        self.min_depth, self.max_depth = self._model.min_depth, self._model.max_depth
        self.depth_unit = self._model.depth_unit

    def predict_depth(self, images: np.ndarray) -> np.ndarray:
        """Depth of the images' size.

        Args:
            images: RGB (N, H, W, 3), uint8 or float32 in [0, 1].

        Returns:
            float32 (N, H, W, 1), metres.

        Raises:
            NotFiniteError: If it is NaN or infinite somewhere.
        """
        fixed = self._model.fixed_size
        if fixed is None or self._takes(images.shape[1:3]):
            return self._model.predict_depth(framed(images, self._frame))
        shown = np.stack([resized(image, fixed) for image in images])
        depth = self._model.predict_depth(framed(shown, self._frame))
        check_finite_depth(depth, f"teacher {self.name}")
        return np.stack([resized(each, images.shape[1:3]) for each in depth])[..., np.newaxis]

    def _takes(self, size: tuple[int, int]) -> bool:
        try:
            self._model.check_size(size)
        except ValueError:
            return False
        return True


class TeacherMean:
    """The weighted geometric mean of what several teachers predict: the mean of log depth.

    Where one does not see as much of an image as another, its depth is continued there: as that of
    those that see most, at the ratio that it has to them at its own border. Students that nobody
    teaches near an image's border show a band there.

    Args:
        teachers: The models, whose images and depth have one size.
        weights: How much each counts, above 0; their sum is brought to 1.

    Attributes:
        name: The names of all.
        view: The part of an image that is taught: what one of them sees, if nobody sees pixels
            outside it, else what all of them see.
        teachers: The models.
    """

    def __init__(self, teachers: Sequence[AnySizeTeacher], weights: Sequence[float]):
        self.teachers = teachers
        self._weights = np.asarray(weights, np.float32) / np.float32(sum(weights))
        self.name = " and ".join(teacher.name for teacher in teachers)
        top, bottom, left, right = zip(*(teacher.view for teacher in teachers), strict=True)
        widest: View = (min(top), max(bottom), min(left), max(right))
        self._see_most = [teacher.view == widest for teacher in teachers]
        common: View = (max(top), min(bottom), max(left), min(right))
        self.view: View = widest if any(self._see_most) else common

    def predict_depth(self, images: np.ndarray) -> np.ndarray:
        """Depth of the images' size.

        Args:
            images: RGB (N, H, W, 3), uint8 or float32 in [0, 1].

        Returns:
            float32 (N, H, W, 1), metres; 0 where one of them has none.

        Raises:
            NotFiniteError: If a teacher's depth is NaN or infinite somewhere.
        """
        logs = [self._log_depth(teacher, images) for teacher in self.teachers]
        if any(self._see_most) and not all(self._see_most):
            wide = self._mean(logs, self._weights * self._see_most)
            logs = [
                log if sees_most else _continued(log, wide, Region(*teacher.view))
                for log, sees_most, teacher in zip(logs, self._see_most, self.teachers, strict=True)
            ]
        return np.exp(self._mean(logs, self._weights))

    @staticmethod
    def _log_depth(teacher: AnySizeTeacher, images: np.ndarray) -> np.ndarray:
        depth = teacher.predict_depth(images)
        check_finite_depth(depth, f"teacher {teacher.name}")
        with np.errstate(divide="ignore"):
            return np.log(depth)

    @staticmethod
    def _mean(logs: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
        total = np.zeros_like(logs[0])
        for log, weight in zip(logs, weights, strict=True):
            if weight:
                total += weight * log
        return total / np.float32(weights.sum())


def _continued(log: np.ndarray, wide: np.ndarray, view: Region) -> np.ndarray:
    """Log depth, outside its view that of wider ones plus the difference at the view's border."""
    rows, columns = (
        pixels_inside(size, *ends)
        for size, ends in zip(log.shape[1:3], (view[:2], view[2:]), strict=True)
    )
    with np.errstate(invalid="ignore"):
        difference = (log - wide)[:, rows][:, :, columns]
    # Of pixels in which one of them has no depth, nothing is known.
    difference = np.where(np.isfinite(difference), difference, np.float32(0))
    ends = [(0, 0), _outside(rows), _outside(columns), (0, 0)]
    inside = rows[:, None, None] & columns[:, None]
    return np.where(inside, log, wide + np.pad(difference, ends, mode="edge"))


def _outside(inside: np.ndarray) -> tuple[int, int]:
    """How many elements lie before the first and after the last one inside."""
    return int(np.argmax(inside)), int(np.argmax(inside[::-1]))


def _check_comparable(
    names: Sequence[str], teachers: Sequence[AnySizeTeacher], argument: str
) -> None:
    """Refuses a mean of depth that is cut off at different places, or of metres and factors."""
    told = {
        name: (teacher.min_depth, teacher.max_depth, teacher.depth_unit)
        for name, teacher in zip(names, teachers, strict=True)
    }
    units = {unit for _, _, unit in told.values()}
    ranges = {(low, high) for low, high, _ in told.values() if high is not None}
    if len(units) > 1 or len(ranges) > 1:
        given = ", ".join(
            f"'{name}' ({_range_in_words(low, high)}, {'metres' if unit else 'no unit'})"
            for name, (low, high, unit) in told.items()
        )
        raise ValueError(
            f"Several models as `{argument}` need one range and unit of depth. Received: {given}"
        )


def _check_teaches(
    name: str, teacher: AnySizeTeacher, argument: str, student_range: tuple[float, float] | None
) -> None:
    """Refuses depth that is not in metres, or that is cut off where the student's goes on."""
    if teacher.depth_unit is None:
        raise ValueError(
            f"A model as `{argument}` predicts metres, and '{name}' knows depth up to a factor "
            "only: `predict.py --calibrate ... --save-calibrated` makes a copy in metres. "
            f"Received: '{name}'"
        )
    low, high = teacher.min_depth or 0.0, teacher.max_depth or math.inf
    if student_range is None:
        return
    if low > _NEAR_SLACK * student_range[0] or _FAR_SLACK * high < student_range[1]:
        raise ValueError(
            f"A model as `{argument}` knows the range of depth that is learnt: '{name}' takes all "
            f"that is nearer than {low:g} m or farther than {high:g} m to be there, and would "
            f"teach it. Choose its range (`min_depth`, `max_depth`) or another model. Received: "
            f"{_range_in_words(*student_range)} m"
        )


def warn_of_borders(teacher: "AnySizeTeacher | TeacherMean") -> None:
    """Warns that of photographs without depth a part is taught by nobody."""
    view = Region(*teacher.view)
    if teacher.view == WHOLE_VIEW:
        return
    warnings.warn(
        f"The teacher {teacher.name} sees {view.bottom - view.top:.0%} of the height and "
        f"{view.right - view.left:.0%} of the width of an image. Of photographs without depth "
        "nothing is learnt further out, where a student may show a band; beside a teacher that "
        "sees all (`teacher` takes several), it is continued there.",
        stacklevel=2,
    )


def _range_in_words(low: float | None, high: float | None) -> str:
    return "any range" if high is None else f"{low:g} to {high:g}"


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An image (H, W, 3) of another size, or depth (H, W, 1), which becomes (h, w)."""
    shrinks = values.shape[0] > size[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(values, size[::-1], interpolation=method)
