"""What a prediction can be saved as: one entry per `--save` word.

| word | file | content |
|---|---|---|
| png | `X.depth.png` | 16-bit grey, millimetres; depth beyond 65.534 m is stored as 65.534 m |
| npy | `X.depth.npy` | float32 (H, W), metres |
| color | `X.color.png` | the depth in colours, with a bar of metres at its right |
| side_by_side | `X.side_by_side.png` | the picture and its depth in colours, with the bar |
"""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from densedepth_tf.atomic import write_bytes
from densedepth_tf.data.depth_file import MAX_PNG_DEPTH, encode_depth_png
from densedepth_tf.inference.predictor import Prediction
from densedepth_tf.visualization.colorize import (
    DEPTH_COLORMAP,
    color_table,
    colorize,
    depth_range,
)
from densedepth_tf.visualization.panel import panel
from densedepth_tf.visualization.scale_bar import add_scale_bar

MIN_PANEL_HEIGHT = 144


@dataclass(frozen=True)
class DepthColors:
    """How depth is coloured.

    Args:
        min_depth: Metres of the first colour; None takes each picture's 2nd percentile.
        max_depth: Metres of the last colour; None takes each picture's 98th percentile.
        colormap: Name of a matplotlib colour map.

    Raises:
        ValueError: If the range is empty or negative, or the colour map unknown.
    """

    min_depth: float | None = None
    max_depth: float | None = None
    colormap: str = DEPTH_COLORMAP

    def __post_init__(self):
        color_table(self.colormap)
        ends = [end for end in (self.min_depth, self.max_depth) if end is not None]
        if any(not 0 <= end < np.inf for end in ends) or (len(ends) == 2 and ends[0] >= ends[1]):
            raise ValueError(
                "The colours need 0 <= min_depth < max_depth, in metres. "
                f"Received: min_depth={self.min_depth}, max_depth={self.max_depth}"
            )

    def paint(self, depth: np.ndarray) -> np.ndarray:
        """Depth (H, W, 1) in metres as uint8 RGB (H, W + bar, 3) with a bar of metres."""
        near, far = depth_range(depth, self.min_depth, self.max_depth)
        picture = colorize(depth, near, far, self.colormap)
        return add_scale_bar(picture, near, far, self.colormap)


@dataclass(frozen=True)
class OutputFormat:
    """One kind of output file.

    Attributes:
        suffix: What follows the picture's name.
        encode: Gives the file's content.
    """

    suffix: str
    encode: Callable[[Prediction, DepthColors], bytes]


def _depth_png(prediction: Prediction, colors: DepthColors) -> bytes:
    return encode_depth_png(prediction.depth)


def _depth_npy(prediction: Prediction, colors: DepthColors) -> bytes:
    content = io.BytesIO()
    np.save(content, prediction.depth[..., 0], allow_pickle=False)
    return content.getvalue()


def _color(prediction: Prediction, colors: DepthColors) -> bytes:
    return _encode_rgb(colors.paint(prediction.depth))


def _side_by_side(prediction: Prediction, colors: DepthColors) -> bytes:
    cells = [("photo", prediction.image), ("depth", colors.paint(prediction.depth))]
    return _encode_rgb(panel([cells], height=max(MIN_PANEL_HEIGHT, prediction.image.shape[0])))


def _encode_rgb(picture: np.ndarray) -> bytes:
    _, content = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return content.tobytes()


OUTPUT_FORMATS = {
    "png": OutputFormat(".depth.png", _depth_png),
    "npy": OutputFormat(".depth.npy", _depth_npy),
    "color": OutputFormat(".color.png", _color),
    "side_by_side": OutputFormat(".side_by_side.png", _side_by_side),
}


def check_formats(formats: Iterable[str], others: Sequence[str] = ()) -> tuple[str, ...]:
    """Checks the words of `--save`, `others` among them, and returns them, each once.

    Raises:
        ValueError: If there is none, or one is unknown.
    """
    formats = tuple(dict.fromkeys(formats))
    known = [*OUTPUT_FORMATS, *others]
    if not formats or any(name not in known for name in formats):
        raise ValueError(
            f"Outputs (--save) are one or more of {', '.join(known)}. "
            f"Received: {', '.join(formats) or 'none'}"
        )
    return formats


def output_path(folder: Path, name: str, format_name: str) -> Path:
    """Where the output of the picture called `name` goes."""
    return folder / f"{name}{OUTPUT_FORMATS[format_name].suffix}"


def write_prediction(
    prediction: Prediction, folder: Path, formats: Iterable[str], colors: DepthColors
) -> None:
    """Writes a prediction's files, each in one step, below `folder`.

    Raises:
        OSError: If a file cannot be written; the message names it.
    """
    for format_name in formats:
        content = OUTPUT_FORMATS[format_name].encode(prediction, colors)
        path = output_path(folder, prediction.source.name, format_name)
        try:
            write_bytes(path, content)
        except OSError as error:
            raise OSError(f"Cannot write '{path}': {error.strerror or error}") from error


def is_cut_off(prediction: Prediction) -> bool:
    """Whether the depth has values that a 16-bit PNG in millimetres cannot hold."""
    return bool(np.any(prediction.depth > MAX_PNG_DEPTH + 0.0005))
