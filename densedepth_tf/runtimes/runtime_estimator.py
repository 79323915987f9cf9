"""What an exported artefact promises, whichever runtime runs it."""

import abc
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from typing_extensions import override

from densedepth_tf.geometry.depth_model import WHOLE_VIEW, View, class_and_range
from densedepth_tf.geometry.depth_of_images import DepthOfImages
from densedepth_tf.geometry.finite import check_finite_depth
from densedepth_tf.geometry.resizing.resize import working_size
from densedepth_tf.process.first_line import first_line
from densedepth_tf.runtimes.file_identity import file_identity

Shape = tuple[int | None, ...]  # None where a side is free


class RuntimeEstimator(DepthOfImages, abc.ABC):
    """Predicts with an exported artefact; none of this package's network code is used.

    Subclasses load the file, set `fixed_size` and `fixed_batch` and run one batch.

    Args:
        path: The artefact.

    Attributes:
        name: What it is called in reports and messages.
        metadata: What the exporter wrote into the artefact, of a preset the arguments of
            `DenseDepth`; empty for one from elsewhere.
        min_depth: Smallest depth in metres, None where the artefact does not say.
        max_depth: Largest depth in metres, None where the artefact does not say.
        image_size: `(height, width)` of the training images, None where it does not say.
        depth_unit: "m", or None where depth is known up to a factor only.
        resampling: The filter that brings images to the network's size, inside the artefact.
        fixed_size: `(height, width)` of the only images it takes, or None for any.
        fixed_batch: The only number of images it takes at once, or None for any.
        view: The part of an image that is predicted, not repeated.
        focal_length: Of the camera that the model learnt from, in widths of the training images;
            None where the artefact does not say.
        num_parameters: How many weights it has, which artefacts do not say.
    """

    fixed_size: tuple[int, int] | None = None
    fixed_batch: int | None = None
    view: View = WHOLE_VIEW
    num_parameters: int | None = None

    def __init__(self, path: str | os.PathLike, metadata: dict[str, Any]):
        self.name = type(self).__name__
        self.path = Path(path)
        self.metadata = metadata
        self.min_depth = metadata.get("min_depth")
        self.max_depth = metadata.get("max_depth")
        size = metadata.get("image_size")
        self.image_size = None if size is None else tuple(size)
        output = metadata.get("output")
        relative = isinstance(output, dict) and output.get("unit") == "relative"
        self.depth_unit = None if relative else "m"
        self.resampling = metadata.get("resampling") or "bilinear"
        self.focal_length: float | None = metadata.get("focal_length")

    @override
    def _predict_array(self, images: np.ndarray, batch_size: int) -> np.ndarray:
        """As the artefact answers; floats are rounded to uint8 before.

        Raises:
            ValueError: If it takes images of another size only, or gives depth of another size.
        """
        if images.dtype != np.uint8:
            images = (np.clip(images, 0, 1) * 255).round().astype(np.uint8)
        self.check_size(images.shape[1:3])
        step = self.fixed_batch or batch_size
        depth = np.zeros((*images.shape[:3], 1), np.float32)
        for start in range(0, len(images), step):
            part = images[start : start + step]
            # The last part may hold fewer images than a fixed batch: the first fills it up.
            missing = (self.fixed_batch or len(part)) - len(part)
            full = np.concatenate([part, np.repeat(part[:1], missing, 0)]) if missing else part
            answer = self._run(np.ascontiguousarray(full))
            if answer.shape != (*full.shape[:3], 1):
                raise ValueError(
                    f"'{self.path}' gives depth of shape {answer.shape} for images of shape "
                    f"{full.shape}: not a depth model of this package"
                )
            depth[start : start + step] = answer[: len(part)]
        check_finite_depth(depth, self.path)
        return depth

    def check_size(self, size: tuple[int, int]) -> None:
        """Checks that the artefact takes images of a size, `(height, width)`.

        Raises:
            ValueError: If it takes images of another size only.
        """
        if self.fixed_size not in (None, size):
            height, width = self.fixed_size
            raise ValueError(
                f"'{self.path}' takes images of {height}x{width} only; export it for any size, or "
                f"`export.py --size {size[0]}x{size[1]}`. Received: {size[0]}x{size[1]}"
            )

    def network_size(self, height: int, width: int) -> Sequence[int]:
        """`[height, width]` at which the network inside sees an image, see `working_size`."""
        own: Sequence[int] | None = self.metadata.get("network_size")
        return working_size(height, width, self.image_size) if own is None else own

    def identity(self) -> str:
        """Tells artefacts apart that predict differently, by runtime, range and file."""
        known = class_and_range(self, self.min_depth, self.max_depth)
        return f"{known} {file_identity(self.path)}"

    @abc.abstractmethod
    def _run(self, images: np.ndarray) -> np.ndarray:
        """float32 metres (N, H, W, 1) of uint8 images (N, H, W, 3)."""

    def _check_signature(
        self,
        input_type: DTypeLike | None,
        input_shape: Shape | None,
        output_type: DTypeLike | None,
        output_shape: Shape | None,
    ) -> None:
        """Checks that the artefact is a depth model, and notes its fixed sizes.

        Args:
            input_type: NumPy dtype of the only input, or None if there is not exactly one.
            input_shape: Its shape, None where a side is free.
            output_type: NumPy dtype of the only output, or None if there is not exactly one.
            output_shape: Its shape, None where a side is free.

        Raises:
            ValueError: If it takes or gives something else.
        """
        fits = (
            input_type == np.uint8
            and output_type == np.float32
            and _is_compatible(input_shape, 3)
            and _is_compatible(output_shape, 1)
        )
        if input_shape is None or not fits:
            raise ValueError(
                "Not a depth model of this package: it must take uint8 images [N, H, W, 3] and "
                "give float32 metres [N, H, W, 1]; export.py writes such ones. "
                f"Received: '{self.path}'"
            )
        self.fixed_batch, height, width, _ = input_shape
        if height is not None and width is not None:
            self.fixed_size = height, width


def damaged(path: str | os.PathLike, kind: str, error: Exception) -> ValueError:
    """The error for a file that its runtime does not load, in one line."""
    reason = first_line(error)
    return ValueError(f"The {kind} is damaged or incomplete ({reason}). Received: '{path}'")


def _is_compatible(shape: Shape | None, channels: int) -> bool:
    return shape is not None and len(shape) == 4 and shape[3] in (None, channels)
