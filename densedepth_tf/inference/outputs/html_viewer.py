"""A prediction as one self-contained HTML file: the room in 3-D, without a model or a network.

The viewer is the page's own (`web/src/share.ts`), as `make web` builds it. The file asks for
nothing from anywhere, and its content security policy forbids it to.
"""

import base64
import html
import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from densedepth_tf.files.depth.depth_file import to_units
from densedepth_tf.geometry.back_projection import back_project
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov
from densedepth_tf.geometry.cameras.intrinsics_source import ImageIntrinsics
from densedepth_tf.geometry.flying_pixels import flying_pixels
from densedepth_tf.geometry.point_cloud import stride_for
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.outputs.point_cloud_writer import check_has_points
from densedepth_tf.inference.prediction import Prediction
from densedepth_tf.visualization.colorize import color_table, depth_range

SHARE_VIEWER = Path(__file__).parents[2] / "web" / "share" / "viewer.js"
_JPEG_QUALITY = 90

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="densedepth-tf">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
:root {{ color-scheme: dark; font: 16px/1.5 system-ui, sans-serif; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; height: 100vh; display: flex; flex-direction: column; background: #10141c;
  color: #eef0f7; }}
header {{ display: flex; gap: .8rem; align-items: center; flex-wrap: wrap; padding: .7rem 1rem; }}
h1 {{ font-size: 1.05rem; margin: 0 auto 0 0; }}
button {{ font: inherit; min-height: 2.5rem; padding: .4rem .9rem; border: 1px solid #3a4356;
  border-radius: .6rem; background: #181c28; color: inherit; cursor: pointer; }}
button[aria-pressed=true] {{ background: #9aa6ff; color: #10131f; }}
:focus-visible {{ outline: 3px solid #9aa6ff; outline-offset: 2px; }}
main {{ flex: 1; min-height: 0; }}
canvas {{ display: block; width: 100%; height: 100%; touch-action: none; }}
p {{ margin: 0; padding: .6rem 1rem; min-height: 2.7rem; color: #a9b1c6; }}
#photo {{ display: none; }}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
<button id="colors" type="button" aria-pressed="false">Depth in colours</button>
<button id="surface" type="button" aria-pressed="false">As a surface</button>
<button id="reset" type="button">Reset the view</button>
</header>
<main>
<canvas id="room" tabindex="0" role="application" aria-label="Room in 3-D. \
Turn with the arrow keys, plus and minus zoom, Home resets; \
Enter measures what is in the middle."></canvas>
</main>
<p id="measured" role="status">Drag turns, the wheel zooms; click two points to measure.</p>
<img id="photo" alt="" src="data:image/jpeg;base64,{photo}">
<script type="application/json" id="about">{about}</script>
<script type="text/plain" id="units">{units}</script>
<script>{viewer}</script>
</body>
</html>
"""


def check_viewer() -> None:
    """Checks that the viewer has been built.

    Raises:
        FileNotFoundError: If not.
    """
    if not SHARE_VIEWER.is_file():
        raise FileNotFoundError(
            "The viewer of html files has not been built: run `make web` in a clone. "
            f"Received: no '{SHARE_VIEWER}'"
        )


def encode_html(
    prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
) -> bytes:
    """The file: the image as JPEG, its depth in the units of the 16-bit PNG, and the viewer.

    Flying pixels are left out as missing, found at full size as for point clouds; then every so
    many rows and columns are taken, as for them.

    Raises:
        ValueError: If there is no camera, or no point is left.
        FileNotFoundError: If the viewer has not been built.
    """
    if camera is None:
        raise ValueError("A room needs the image's camera. Received: camera=None")
    check_viewer()
    depth = back_project(prediction.depth, camera.intrinsics)[..., 2]
    height, width = depth.shape
    flying = flying_pixels(depth, camera.intrinsics, options.edge_filter)
    step = options.point_stride or stride_for(height, width)
    every = slice(None, None, step)
    units = to_units(np.where(flying, 0, depth)[every, every], options.png_scale)
    check_has_points(int(np.count_nonzero(units)))
    photo = cv2.cvtColor(prediction.image[every, every], cv2.COLOR_RGB2BGR)
    _, jpeg = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    about = _about(prediction, options, camera, step, units.shape)
    text = _PAGE.format(
        title=html.escape(Path(prediction.source.name).name),
        photo=base64.b64encode(jpeg.tobytes()).decode(),
        about=json.dumps(about, allow_nan=False).replace("<", "\\u003c"),
        units=base64.b64encode(zlib.compress(units.astype("<u2").tobytes())).decode(),
        viewer=SHARE_VIEWER.read_text(encoding="utf-8").replace("</script", "<\\/script"),
    )
    return text.encode(errors="backslashreplace")


def _about(
    prediction: Prediction,
    options: OutputOptions,
    camera: ImageIntrinsics,
    step: int,
    size: tuple[int, ...],
) -> dict[str, Any]:
    (fx, _, cx), (_, fy, cy), _ = camera.intrinsics.tolist()
    near, far = depth_range(prediction.depth, options.colors.min_depth, options.colors.max_depth)
    degrees = horizontal_fov(camera.intrinsics, prediction.depth.shape[:2])
    return {
        "height": size[0],
        "width": size[1],
        # Pixel u of those that were taken was pixel u * step.
        **{"fx": fx / step, "fy": fy / step, "cx": cx / step, "cy": cy / step},
        "metresPerUnit": options.png_scale,
        "unit": options.depth_unit,
        "near": near,
        "far": far,
        "colorTable": color_table(options.colors.colormap).tobytes().hex(),
        "edgeFilter": options.edge_filter,
        "lens": f"lens: {camera.origin} ({degrees:.1f}\N{DEGREE SIGN} from left to right)",
    }
