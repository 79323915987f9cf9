"""What an exported graph calls its images and its depth maps, and their sides."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

INPUT_NAME, OUTPUT_NAME = "images", "depth"
AXES = ("batch", "height", "width")


def name_axes(graph: "onnx.GraphProto") -> None:
    """Calls the free sides of the first input and of all outputs `batch`, `height` and `width`.

    Args:
        graph: `onnx.GraphProto`, changed in place; its first input is images (N, H, W, 3), its
            output depth (N, H, W, 1).
    """
    for tensor in (graph.input[0], *graph.output):
        for axis, side in zip(AXES, tensor.type.tensor_type.shape.dim, strict=False):
            if not side.HasField("dim_value"):
                side.dim_param = axis
