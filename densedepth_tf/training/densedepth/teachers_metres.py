"""Whether teachers' metres are the data's, on images as augmentation leaves them."""

import warnings
from collections.abc import Callable, Iterable

import cv2
import numpy as np

from densedepth_tf.training.densedepth.teachers import AnySizeTeacher, TeacherMean

# Beyond it half of all pixels are outside delta1: the teacher's metres are another camera's, or it
# does not recognise these images.
_FAR_OFF = 1.25


def teachers_metres(
    teacher: AnySizeTeacher | TeacherMean,
    batches: Iterable[tuple[np.ndarray, np.ndarray]],
    to_depth: Callable[[np.ndarray], np.ndarray],
) -> dict[str, str]:
    """Says by which factor each teacher's depth differs from the data's; warns if it is large.

    A network may answer well to whole photographs and with other metres to views of them, where
    nothing but a worse student would tell.

    Args:
        teacher: One or several.
        batches: Augmented images `(N, H, W, 3)` and targets `(N, h, w, 1)`, not yet taught.
        to_depth: Targets to metres.

    Returns:
        A remark; none where no depth is known.
    """
    teachers = teacher.teachers if isinstance(teacher, TeacherMean) else [teacher]
    ratios: list[list[float]] = [[] for _ in teachers]
    for images, targets in batches:
        truth = np.where(targets > 0, np.asarray(to_depth(np.maximum(targets, 1e-6))), 0)
        for mine, each in zip(ratios, teachers, strict=True):
            mine += _ratios(each.predict_depth(images), truth)
    if not ratios[0]:
        return {}
    factors = {
        each.name: float(np.median(mine))
        for each, mine in zip(teachers, ratios, strict=True)
        if mine
    }
    for name, factor in factors.items():
        if not 1 / _FAR_OFF < factor < _FAR_OFF:
            warnings.warn(
                f"On this training's images, as they are augmented, the teacher {name} predicts "
                f"{factor:.2f} times the depth that is known: students learn that as well. Its "
                "camera may be another, or it knows uncropped images alone (less `scale_crop` and "
                "`rotation`; `teacher_frame` for those of NYU)",
                stacklevel=2,
            )
    told = ", ".join(f"{name} {factor:.2f}" for name, factor in factors.items())
    return {
        "teachers' depth / known depth": f"{told} (median of {len(ratios[0])} augmented images)"
    }


def _ratios(depth: np.ndarray, truth: np.ndarray) -> list[float]:
    """Of each image with enough known depth, the median of prediction / truth."""
    found = []
    for predicted, known in zip(depth[..., 0], truth[..., 0], strict=True):
        predicted = cv2.resize(predicted, known.shape[::-1], interpolation=cv2.INTER_AREA)
        both = (known > 0) & (predicted > 0)
        if both.any():
            found.append(float(np.median(predicted[both] / known[both])))
    return found
