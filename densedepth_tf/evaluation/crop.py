"""The parts of images that evaluation looks at."""

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Crop:
    """The part of the truth that counts, as fractions of its size; the ends are exclusive.

    Attributes:
        top: First row / height.
        bottom: (Last row + 1) / height.
        left: First column / width.
        right: (Last column + 1) / width.
    """

    top: float
    bottom: float
    left: float
    right: float

    @classmethod
    def of_pixels(cls, rows: tuple[int, int], columns: tuple[int, int], size: tuple[int, int]):
        """The crop of `rows` and `columns`, ends inclusive, of an image of `size` (H, W)."""
        height, width = size
        return cls(
            rows[0] / height, (rows[1] + 1) / height, columns[0] / width, (columns[1] + 1) / width
        )

    def slices(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of an image of this size; fractions of a pixel are cut off."""
        ends = (
            self.top * height,
            self.bottom * height,
            self.left * width,
            self.right * width,
        )
        top, bottom, left, right = (math.floor(end + 1e-6) for end in ends)
        return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


CROPS = {
    # Eigen et al. on NYU Depth v2: where the Kinect sees both colour and depth.
    "nyu": Crop.of_pixels(rows=(20, 459), columns=(24, 615), size=(480, 640)),
    # Garg et al. 2016 and Eigen et al. 2014 on KITTI: where the scanner's points lie.
    "garg": Crop(0.40810811, 0.99189189, 0.03594771, 0.96405229),
    "eigen": Crop(0.3324324, 0.91351351, 0.0359477, 0.96405229),
}
