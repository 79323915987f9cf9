"""Every choice about the files of a prediction."""

import dataclasses
from dataclasses import dataclass, field

from densedepth_tf.files.depth.depth_file import LARGEST_UNIT, MILLIMETRE
from densedepth_tf.files.depth.depth_scale import check_scale
from densedepth_tf.geometry.cameras.intrinsics_source import IntrinsicsSource
from densedepth_tf.geometry.cameras.lens import LensRule, check_lens
from densedepth_tf.geometry.depth_model import DepthModel
from densedepth_tf.geometry.flying_pixels import MAX_SLANT, check_max_slant
from densedepth_tf.geometry.point_cloud import check_stride
from densedepth_tf.inference.outputs.depth_colors import DepthColors


@dataclass(frozen=True)
class OutputOptions:
    """How outputs are written, whatever their kind.

    Args:
        colors: Range and colour map of the colour outputs.
        png_scale: Metres per unit of the 16-bit PNG.
        depth_unit: "m", or None for a relative depth, whose PNG and description name no metres.
        intrinsics: Where the intrinsics of point clouds come from.
        edge_filter: Steepest surface of point clouds in degrees, see `geometry.flying_pixels`.
        point_stride: Every so many rows and columns become points; None leaves at most a million.
        model: Name of the model, for the sidecar file.
        checkpoint: Where the model was loaded from, None if it was not.
        calibration_factor: What its depth was multiplied by, None if it was not.
        lens: "auto" brings metres to the camera of each photograph where it is known, and the model
            knows its own; "ignore" leaves them as predicted.
        sharpen: Bring the depth's soft edges to those of the photograph, see `sharpen_depth`.

    Raises:
        ValueError: If a number is out of its range, or a word unknown.
    """

    colors: DepthColors = field(default_factory=DepthColors)
    png_scale: float = MILLIMETRE
    intrinsics: IntrinsicsSource = field(default_factory=IntrinsicsSource)
    edge_filter: float = MAX_SLANT
    point_stride: int | None = None
    model: str | None = None
    checkpoint: str | None = None
    calibration_factor: float | None = None
    depth_unit: str | None = "m"
    lens: LensRule = "auto"
    sharpen: bool = False

    def __post_init__(self) -> None:
        check_lens(self.lens)
        check_scale(self.png_scale)
        check_max_slant(self.edge_filter)
        check_stride(self.point_stride)

    def of_model(self, model: DepthModel) -> "OutputOptions":
        """These with the unit of a model's depth.

        The millimetres of a relative depth would be none: unless another unit is asked for, its
        PNG has the one in which the model's largest depth is the largest number.
        """
        unit, largest = model.depth_unit, model.max_depth
        scale = self.png_scale
        if unit is None and scale == MILLIMETRE and largest:
            scale = float(largest) / LARGEST_UNIT
        colors = dataclasses.replace(self.colors, unit=unit)
        return dataclasses.replace(self, depth_unit=unit, png_scale=scale, colors=colors)
