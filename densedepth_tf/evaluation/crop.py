"""The parts of images that evaluation looks at."""

import dataclasses
from fractions import Fraction


@dataclasses.dataclass(frozen=True)
class Crop:
    """The part of the truth that counts, as fractions of its size; the ends are exclusive.

    Attributes:
        top: First row / height.
        bottom: (Last row + 1) / height.
        left: First column / width.
        right: (Last column + 1) / width.
    """

    top: float | Fraction
    bottom: float | Fraction
    left: float | Fraction
    right: float | Fraction

    @classmethod
    def of_pixels(
        cls, rows: tuple[int, int], columns: tuple[int, int], size: tuple[int, int]
    ) -> "Crop":
        """The crop of `rows` and `columns`, ends inclusive, of an image of `size` (H, W).

        Raises:
            ValueError: If it is empty or not within the image.
        """
        height, width = size
        if not (0 <= rows[0] <= rows[1] < height and 0 <= columns[0] <= columns[1] < width):
            raise ValueError(
                f"A crop lies within its image of {height}x{width}, ends inclusive. "
                f"Received: rows {rows[0]}..{rows[1]}, columns {columns[0]}..{columns[1]}"
            )
        # Kept exact, so that every size gets the pixels meant.
        return cls(
            Fraction(rows[0], height),
            Fraction(rows[1] + 1, height),
            Fraction(columns[0], width),
            Fraction(columns[1] + 1, width),
        )

    def slices(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of an image of this size.

        Fractions of a pixel are cut off from float64 products, as the official evaluations do:
        .99189189 of 370 rows is 366.9999993, which is 366.
        """
        ends = (
            self.top * height,
            self.bottom * height,
            self.left * width,
            self.right * width,
        )
        top, bottom, left, right = map(int, ends)
        return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))

    def to_config(self) -> dict[str, float]:
        """The four fractions, ready for JSON."""
        return {name: float(value) for name, value in dataclasses.asdict(self).items()}


CROPS = {
    # Eigen et al. on NYU Depth v2: where the Kinect sees both colour and depth.
    "nyu": Crop.of_pixels(rows=(20, 459), columns=(24, 615), size=(480, 640)),
    # The other one in use on NYU, by BTS, AdaBins and their successors.
    "bts-nyu": Crop.of_pixels(rows=(45, 470), columns=(41, 600), size=(480, 640)),
    # Garg et al. 2016 and Eigen et al. 2014 on KITTI: where the scanner's points lie.
    "garg": Crop(0.40810811, 0.99189189, 0.03594771, 0.96405229),
    "eigen": Crop(0.3324324, 0.91351351, 0.0359477, 0.96405229),
}
