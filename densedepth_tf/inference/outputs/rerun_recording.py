"""A prediction as a recording for the Rerun viewer: image, depth with its camera, and points.

Frames of one clip share a recording's identity and have a place on the time line `frame`, so that
`rerun X/*.rrd` shows them as one.
"""

import uuid
from pathlib import PurePosixPath

from densedepth_tf.geometry.cameras.intrinsics_source import ImageIntrinsics
from densedepth_tf.geometry.point_cloud import to_point_cloud
from densedepth_tf.inference.outputs.output_options import OutputOptions
from densedepth_tf.inference.outputs.point_cloud_writer import check_has_points
from densedepth_tf.inference.prediction import Prediction
from densedepth_tf.process.optional_package import require

APPLICATION = "densedepth-tf"
TIME_LINE = "frame"


def encode_recording(
    prediction: Prediction, options: OutputOptions, camera: ImageIntrinsics | None
) -> bytes:
    """The `.rrd` file of one prediction.

    Entities: `camera` (pinhole, x right, y down, z forward) with `camera/image` and
    `camera/depth` (float32, metres), and `points` in the camera's axes.

    Raises:
        ValueError: If there is no camera, or no point is left.
        ImportError: If the package `rerun-sdk` is missing.
    """
    if camera is None:
        raise ValueError("A recording needs the image's camera. Received: camera=None")
    rerun = require("rerun", "A recording (`formats` rrd)", "rerun")
    height, width = prediction.depth.shape[:2]
    cloud = to_point_cloud(
        prediction.depth,
        camera.intrinsics,
        prediction.image,
        options.edge_filter,
        options.point_stride,
    )
    check_has_points(len(cloud))
    name = PurePosixPath(prediction.source.name)
    recording = rerun.RecordingStream(
        APPLICATION,
        recording_id=uuid.uuid5(uuid.NAMESPACE_URL, str(prediction.source.path)),
        send_properties=False,
    )
    stream = recording.binary_stream()
    recording.set_time(TIME_LINE, sequence=int(name.name) if name.name.isdecimal() else 0)
    pinhole = rerun.Pinhole(
        image_from_camera=camera.intrinsics,
        width=width,
        height=height,
        camera_xyz=rerun.ViewCoordinates.RDF,
    )
    recording.log("camera", pinhole)
    recording.log("camera/image", rerun.Image(prediction.image))
    recording.log("camera/depth", rerun.DepthImage(prediction.depth[..., 0], meter=1.0))
    recording.log("points", rerun.Points3D(cloud.points, colors=cloud.colors))
    content = stream.read(flush=True)
    if content is None:
        raise OSError("The recording could not be written: rerun-sdk gave nothing")
    return bytes(content)
