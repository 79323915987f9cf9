"""The JSON file beside a depth map that tells what its numbers are."""

import json
from typing import Any

import numpy as np

from densedepth_tf.files.depth.depth_file import MILLIMETRE, count_cut_off
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov
from densedepth_tf.geometry.cameras.intrinsics_source import ImageIntrinsics
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.prediction import Prediction

_OF_PNG = ("unit", "metres_per_unit", "depth_per_unit", "missing", "cut_off_pixels")


def encode_sidecar(
    prediction: Prediction,
    options: OutputOptions,
    camera: ImageIntrinsics | None,
    *,
    of_png: bool = True,
) -> bytes:
    """Describes a prediction and its 16-bit PNG, as UTF-8 JSON.

    Keys: `image`; `height`, `width`; `unit` ("mm", or null for another scale),
    `metres_per_unit` (null for a relative depth), `depth_per_unit`, `missing` (stored value that
    stands for it) and `cut_off_pixels` (deeper than the PNG can hold) of the PNG; `depth_unit`
    ("m", or null for a relative depth) of `min`, `median` and `max` over the valid depth (null if
    there is none) and `valid_pixels`; `model`, `checkpoint` and
    `calibration_factor` (what its depth was multiplied by, or null); `sharpened`, see
    `sharpen_depth`; `lens` ("auto" or "ignore"),
    `lens_factor` (what depth was multiplied by for this camera, or null) and `lens_from` (where
    the camera is known from, or null); `intrinsics` (fx, fy, cx, cy
    in pixels), `intrinsics_from` and `hfov_degrees`. Without a PNG (`of_png`) those of it are
    left out.
    """
    depth = prediction.depth[np.isfinite(prediction.depth) & (prediction.depth > 0)]
    if camera is None:
        raise ValueError("A description needs the image's camera. Received: camera=None")
    matrix, size = camera.intrinsics, prediction.depth.shape[:2]
    in_metres = options.depth_unit == "m"
    content: dict[str, Any] = {
        "image": None if prediction.source.path is None else prediction.source.title,
        "height": size[0],
        "width": size[1],
        "unit": "mm" if in_metres and options.png_scale == MILLIMETRE else None,
        "metres_per_unit": options.png_scale if in_metres else None,
        "depth_unit": options.depth_unit,
        "depth_per_unit": options.png_scale,
        "missing": 0,
        "cut_off_pixels": count_cut_off(prediction.depth, options.png_scale),
        "min": float(depth.min()) if depth.size else None,
        "median": float(np.median(depth)) if depth.size else None,
        "max": float(depth.max()) if depth.size else None,
        "valid_pixels": int(depth.size),
        "model": options.model,
        "checkpoint": options.checkpoint,
        "calibration_factor": options.calibration_factor,
        "sharpened": options.sharpen,
        "lens": options.lens,
        "lens_factor": prediction.lens.factor,
        "lens_from": prediction.lens.origin,
        "intrinsics": {
            "fx": float(matrix[0, 0]),
            "fy": float(matrix[1, 1]),
            "cx": float(matrix[0, 2]),
            "cy": float(matrix[1, 2]),
        },
        "intrinsics_from": camera.origin,
        "hfov_degrees": round(horizontal_fov(matrix, size), 3),
    }
    if not of_png:
        content = {key: value for key, value in content.items() if key not in _OF_PNG}
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode(errors="backslashreplace")  # in JSON, what is no text is escaped like this
