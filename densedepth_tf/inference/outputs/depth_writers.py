"""What a prediction can be saved as: one entry per word of `formats`.

| word | file | content |
|---|---|---|
| png | `X.depth.png` | 16-bit grey, millimetres or `png_scale`; 65534 stands for deeper too |
| json | `X.depth.json` | what the numbers are, see `sidecar`; comes by itself with png, and |
|      |                | with npy of a relative depth, which cannot say that it has no metres |
| npy | `X.depth.npy` | float32 (H, W), metres |
| tiff | `X.depth.tiff` | float32 (H, W), metres; its description says so |
| color | `X.color.png` | the depth in colours, with a bar of metres at its right |
| side_by_side | `X.side_by_side.png` | the image and its depth in colours, with the bar |
| ply | `X.ply` | coloured points in the camera's axes, see `point_cloud_writer` |
| glb | `X.glb` | the same in glTF's axes |
| html | `X.html` | the room in 3-D, self-contained, see `html_viewer` |
| rrd | `X.rrd` | a recording for the Rerun viewer, see `rerun_recording` |

PNG and TIFF files carry a mark by which they are known again, see `own_outputs`.
"""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.depth.depth_file import count_cut_off, encode_depth_png
from densedepth_tf.files.outputs.own_outputs import SOFTWARE, TIFF_SOFTWARE, mark_png
from densedepth_tf.geometry.cameras.intrinsics_source import ImageIntrinsics
from densedepth_tf.geometry.point_cloud import to_point_cloud
from densedepth_tf.inference.outputs.html_viewer import check_viewer, encode_html
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.outputs.point_cloud_writer import encode_point_cloud
from densedepth_tf.inference.outputs.rerun_recording import encode_recording
from densedepth_tf.inference.outputs.sidecar import encode_sidecar
from densedepth_tf.inference.prediction import Prediction
from densedepth_tf.process.optional_package import require
from densedepth_tf.process.wording import did_you_mean
from densedepth_tf.visualization.panel import panel

MIN_PANEL_HEIGHT = 144
_TIFF_DESCRIPTION = 270  # TIFF 6.0, section 8

# The camera is None where the format does not say that it needs one.
Encode = Callable[[Prediction, OutputOptions, ImageIntrinsics | None], bytes]


@dataclass(frozen=True)
class OutputFormat:
    """One kind of output file.

    Attributes:
        suffix: What follows the image's name.
        encode: Gives the file's content.
        needs_camera: The content depends on the image's camera.
    """

    suffix: str
    encode: Encode
    needs_camera: bool = False


def _depth_png(
    prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
) -> bytes:
    return mark_png(encode_depth_png(prediction.depth, options.png_scale, options.depth_unit))


def _depth_npy(
    prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
) -> bytes:
    content = io.BytesIO()
    np.save(content, prediction.depth[..., 0], allow_pickle=False)
    return content.getvalue()


def _depth_tiff(
    prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
) -> bytes:
    content = io.BytesIO()
    image = Image.fromarray(prediction.depth[..., 0].astype(np.float32))
    unit = "depth in metres" if options.depth_unit else "relative depth, no metres"
    image.save(content, "TIFF", tiffinfo={TIFF_SOFTWARE: SOFTWARE, _TIFF_DESCRIPTION: unit})
    return content.getvalue()


def _color(prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None) -> bytes:
    return _encode_rgb(options.colors.paint(prediction.depth))


def _side_by_side(
    prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
) -> bytes:
    cells = [("photo", prediction.image), ("depth", options.colors.paint(prediction.depth))]
    return _encode_rgb(panel([cells], height=max(MIN_PANEL_HEIGHT, prediction.image.shape[0])))


def _points(suffix: str) -> Encode:
    def encode(
        prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
    ) -> bytes:
        if camera is None:
            raise ValueError("A point cloud needs the image's camera. Received: camera=None")
        cloud = to_point_cloud(
            prediction.depth,
            camera.intrinsics,
            prediction.image,
            options.edge_filter,
            options.point_stride,
        )
        return encode_point_cloud(cloud, suffix, options.depth_unit)

    return encode


def _encode_rgb(image: np.ndarray) -> bytes:
    _, content = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return mark_png(content.tobytes())


OUTPUT_FORMATS = {
    "png": OutputFormat(".depth.png", _depth_png),
    "json": OutputFormat(".depth.json", encode_sidecar, needs_camera=True),
    "npy": OutputFormat(".depth.npy", _depth_npy),
    "tiff": OutputFormat(".depth.tiff", _depth_tiff),
    "color": OutputFormat(".color.png", _color),
    "side_by_side": OutputFormat(".side_by_side.png", _side_by_side),
    "ply": OutputFormat(".ply", _points(".ply"), needs_camera=True),
    "glb": OutputFormat(".glb", _points(".glb"), needs_camera=True),
    "html": OutputFormat(".html", encode_html, needs_camera=True),
    "rrd": OutputFormat(".rrd", encode_recording, needs_camera=True),
}
POINT_CLOUDS = ("ply", "glb", "html", "rrd")
# Those in which a colour stands for metres.
PAINTED = frozenset(("color", "side_by_side"))


def register_output_format(
    name: str, suffix: str, encode: Encode, *, needs_camera: bool = False
) -> None:
    """Adds an output format of one's own, so that `predict_to_folder` and `--save` know it.

    Args:
        name: What it is chosen by: letters, digits, "-" and "_".
        suffix: What follows the image's name, e.g. ".depth.exr".
        encode: Gets the `Prediction` (its `image` uint8 RGB, its `depth` float32 `(H, W, 1)`), the
            `OutputOptions` and the image's camera, and returns the file's content as bytes.
        needs_camera: Whether the content depends on the camera, which is None otherwise.

    Raises:
        ValueError: If the name or the suffix is none, or belongs to another format.
    """
    added = OutputFormat(suffix, encode, needs_camera)
    if not re.fullmatch(r"[\w-]+", name) or OUTPUT_FORMATS.get(name, added) != added:
        raise ValueError(
            "`name` is a word of letters, digits, '-' and '_' that no other output format has. "
            f"Received: '{name}'"
        )
    others = {known.suffix for word, known in OUTPUT_FORMATS.items() if word != name}
    if not re.fullmatch(r"(\.[\w-]+)+", suffix) or suffix in others:
        raise ValueError(
            "`suffix` is a dot and letters, digits, '-' and '_' that no other output format has. "
            f"Received: '{suffix}'"
        )
    OUTPUT_FORMATS[name] = added


def check_formats(formats: Iterable[str], others: Sequence[str] = ()) -> tuple[str, ...]:
    """Checks the words of `formats`, `others` among them, and returns them, each once.

    `png` brings `json` along.

    Raises:
        ValueError: If there is none, or one is unknown.
        FileNotFoundError: If the viewer of `html` has not been built.
        ImportError: If the package that writes `rrd` is missing.
    """
    formats = tuple(dict.fromkeys(formats))
    known = [*OUTPUT_FORMATS, *others]
    if not formats or any(name not in known for name in formats):
        meant = next((did_you_mean(name, known) for name in formats if name not in known), "")
        raise ValueError(
            f"Outputs (`formats`) are one or more of {', '.join(known)}.{meant} "
            f"Received: {', '.join(formats) or 'none'}"
        )
    if "html" in formats:
        check_viewer()
    if "rrd" in formats:
        require("rerun", "A recording (`formats` rrd)", "rerun")
    return tuple(dict.fromkeys([*formats, *(["json"] if "png" in formats else [])]))


def output_name(name: str, format_name: str) -> str:
    """What the output of the image called `name` is called, relative to the output folder."""
    return f"{name}{OUTPUT_FORMATS[format_name].suffix}"


def output_path(folder: Path, name: str, format_name: str) -> Path:
    """Where the output of the image called `name` goes."""
    return folder / output_name(name, format_name)


def write_prediction(
    prediction: Prediction, folder: Path, formats: Iterable[str], options: OutputOptions
) -> ImageIntrinsics | None:
    """Writes a prediction's files, each in one step, below `folder`.

    Returns:
        The intrinsics that went into them; None where no format needs any.

    Raises:
        ValueError: If the given intrinsics do not fit the image, or its point cloud has no
            point; then nothing was written.
        OSError: If a file cannot be written; the message names it.
    """
    contents, camera = encode_prediction(prediction, formats, options)
    for format_name, content in contents.items():
        write_bytes(output_path(folder, prediction.source.name, format_name), content)
    return camera


def encode_prediction(
    prediction: Prediction, formats: Iterable[str], options: OutputOptions
) -> tuple[dict[str, bytes], ImageIntrinsics | None]:
    """The content of a prediction's files, format -> bytes; else as `write_prediction`."""
    formats, camera = tuple(formats), None
    says_relative = options.depth_unit is None and "npy" in formats and "json" not in formats
    if says_relative or any(OUTPUT_FORMATS[name].needs_camera for name in formats):
        size, path = prediction.depth.shape[:2], prediction.source.path
        camera = options.intrinsics.of_image(size, path)
    contents = {name: OUTPUT_FORMATS[name].encode(prediction, options, camera) for name in formats}
    if says_relative:
        contents["json"] = encode_sidecar(prediction, options, camera, of_png=False)
    return contents, camera


def is_cut_off(prediction: Prediction, options: OutputOptions) -> bool:
    """Whether the depth has values that its 16-bit PNG cannot hold."""
    return count_cut_off(prediction.depth, options.png_scale) > 0
