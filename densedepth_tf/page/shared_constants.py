"""What the page's TypeScript and this package agree on, typed once: here.

`python -m densedepth_tf.page.shared_constants` writes it where the build of the page reads it.
"""

import json
from pathlib import Path
from typing import Any

from densedepth_tf.files.depth.depth_file import (
    LARGEST_UNIT,
    MILLIMETRE,
    RELATIVE_KEYWORD,
    SCALE_KEYWORD,
)
from densedepth_tf.files.images.image_size import MAX_MEGAPIXELS
from densedepth_tf.files.outputs.own_outputs import SOFTWARE, SOFTWARE_KEYWORD
from densedepth_tf.geometry.cameras import exif_intrinsics
from densedepth_tf.geometry.cameras.intrinsics import MAX_ASPECT_CHANGE
from densedepth_tf.geometry.cameras.intrinsics_source import ASSUMED_FOV
from densedepth_tf.geometry.flying_pixels import MAX_SLANT
from densedepth_tf.geometry.point_cloud import MAX_POINTS
from densedepth_tf.geometry.resizing.resize import LONGEST_SIDE_FACTOR, STRIDE
from densedepth_tf.visualization.colorize import DEPTH_COLORMAP, PERCENTILES, color_table

CONSTANTS_FILE = Path(__file__).parents[2] / "web" / "src" / "generated" / "constants.json"


def shared_constants() -> dict[str, Any]:
    """Name in the page's code -> value, fit for JSON."""
    return {
        "assumedFov": ASSUMED_FOV,
        "colorTable": color_table(DEPTH_COLORMAP).tobytes().hex(),
        "percentiles": list(PERCENTILES),
        "maxSlant": MAX_SLANT,
        "maxPoints": MAX_POINTS,
        "stride": STRIDE,
        "longestSideFactor": LONGEST_SIDE_FACTOR,
        "maxMegapixels": MAX_MEGAPIXELS,
        "millimetre": MILLIMETRE,
        "largestUnit": LARGEST_UNIT,
        "scaleKeyword": SCALE_KEYWORD,
        "relativeKeyword": RELATIVE_KEYWORD,
        "softwareKeyword": SOFTWARE_KEYWORD,
        "software": SOFTWARE,
        "maxAspectChange": MAX_ASPECT_CHANGE,
        "plausibleFov": list(exif_intrinsics.PLAUSIBLE_FOV),
        "filmDiagonal": exif_intrinsics.FILM_DIAGONAL,
        "focalPlaneMillimetres": {str(k): v for k, v in exif_intrinsics.MILLIMETRES.items()},
        "inch": exif_intrinsics.INCH,
        "exifTags": {
            "focalLength": exif_intrinsics.FOCAL_LENGTH,
            "focalLength35mm": exif_intrinsics.FOCAL_LENGTH_35MM,
            "digitalZoom": exif_intrinsics.DIGITAL_ZOOM,
            "pixelWidth": exif_intrinsics.PIXEL_WIDTH,
            "pixelHeight": exif_intrinsics.PIXEL_HEIGHT,
            "focalPlaneX": exif_intrinsics.FOCAL_PLANE_X,
            "focalPlaneY": exif_intrinsics.FOCAL_PLANE_Y,
            "focalPlaneUnit": exif_intrinsics.FOCAL_PLANE_UNIT,
        },
    }


def constants_text() -> str:
    """The file's content."""
    return json.dumps(shared_constants(), indent=2) + "\n"


if __name__ == "__main__":
    CONSTANTS_FILE.write_text(constants_text(), encoding="utf-8")
