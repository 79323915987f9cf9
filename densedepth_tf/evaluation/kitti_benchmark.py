"""Predictions for KITTI's depth benchmark: images without truth in, 16-bit PNG out."""

import os
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from densedepth_tf.data.kitti.drive import KITTI_DEPTH_SCALE
from densedepth_tf.evaluation.predictions.prediction import predict_group
from densedepth_tf.evaluation.predictions.sample_predictor import (
    RangedPredictor,
    SamplePredictor,
    as_sample_predictor,
    at_size,
)
from densedepth_tf.evaluation.protocol import PROTOCOLS, Protocol
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import encode_depth_png
from densedepth_tf.files.depth.written_depth import WrittenDepth
from densedepth_tf.files.images.image_file import read_image
from densedepth_tf.files.local_copy import on_this_machine
from densedepth_tf.files.outputs.input_safety import InputSafety
from densedepth_tf.files.outputs.output_place import OutputPlace, output_place
from densedepth_tf.files.outputs.own_outputs import is_own_output
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES, count_kinds, has_suffix
from densedepth_tf.files.workspace import PREFIX
from densedepth_tf.geometry.depth_predictor import DepthPredictor
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

# What is written without a protocol of one's own: up to 80 m, no mirrored averaging.
BENCHMARK = PROTOCOLS["kitti-eigen"].replace(name="kitti-benchmark", crop=None)


def export_benchmark(
    model: DepthPredictor | SamplePredictor,
    images: str | os.PathLike,
    output: str | os.PathLike,
    protocol: Protocol = BENCHMARK,
    strict: bool = False,
) -> WrittenDepth:
    """Writes depth as the benchmark takes it: `<name>.png`, metres = value / 256, the image's size.

    Args:
        model: Anything with `predict_depth(images)`, in metres but for the protocol's scale.
        images: The folder of images, e.g. `test_depth_prediction_anonymous/image`; what is in a
            bucket is downloaded as a whole, once.
        output: The folder to write, or its address in a bucket; it keeps the tree below `images`.
        protocol: Scale, range and mirrored averaging. There is no truth to align to.
        strict: Stop at the first image that cannot be read.

    Raises:
        ValueError: If a relative depth has no scale, there are no images, none can be read, median
            scaling is asked for, or an output would replace an image or another output.
        BadSampleError: With `strict`.
        OSError: If the folder cannot be written, or another process is writing to it.
    """
    if protocol.alignment != "none":
        raise ValueError(
            "The benchmark's images have no truth whose median could be taken; give a fixed "
            "`protocol.scale` instead of median scaling."
        )
    predictor = as_sample_predictor(model)
    relative = isinstance(predictor, RangedPredictor) and predictor.relative
    if relative and protocol.scale == 1:
        raise ValueError(
            f"The benchmark takes metres, and {predictor.name} knows depth up to a factor: give "
            "`protocol.scale`, or a copy that was brought to metres."
        )
    root, place = Path(on_this_machine(images)), output_place(output)
    files = [path for path in sorted(root.rglob("*")) if not path.is_dir()]
    # Predictions of an earlier call may lie below the images.
    files = [path for path in files if not (is_own_output(path) or path.name.startswith(PREFIX))]
    paths = [path for path in files if has_suffix(path, IMAGE_SUFFIXES)]
    others = [path for path in files if not has_suffix(path, IMAGE_SUFFIXES)]
    if not paths:
        raise ValueError(f"There are no images in '{root}'; check `images`.")
    if others:
        warnings.warn(
            f"Left out of '{root}', which are of another kind: {count_kinds(others)}.", stacklevel=2
        )
    names = [path.relative_to(root).with_suffix(".png").as_posix() for path in paths]
    InputSafety(paths).check(place.folder / name for name in names)
    given = os.fspath(images).rstrip("/")
    place.check_apart((f"{given}/{path.relative_to(root).as_posix()}" for path in paths), names)
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ValueError(
            f"{times} predictions would be written to '{place.shown(place.folder / name)}'; give "
            "the images different names."
        )
    place.check_writable()
    with place.claim(names):
        return _export(predictor, paths, root, place, protocol, strict)


def _export(
    predictor: SamplePredictor,
    paths: list[Path],
    root: Path,
    place: OutputPlace,
    protocol: Protocol,
    strict: bool,
) -> WrittenDepth:
    done = WrittenDepth()

    def read(path: Path) -> np.ndarray | BadSampleError:
        try:
            return read_image(path)
        except BadSampleError as error:
            return error

    images = zip(paths, map_ahead(read, paths, 2, 4), strict=True)
    for path, image in ProgressBar(images, total=len(paths), unit="image", leave=False):
        if isinstance(image, BadSampleError):
            if strict:
                raise image
            done.bad.append(str(image))
            continue
        name = path.relative_to(root).as_posix()
        (depth,), _ = predict_group(predictor, protocol, [image], [name])
        height, width = image.shape[:2]
        depth = np.clip(at_size(depth, (height, width)), protocol.min_depth, protocol.max_depth)
        content = encode_depth_png(depth, KITTI_DEPTH_SCALE)
        written = Path(name).with_suffix(".png")
        write_bytes(place.folder / written, content)
        place.publish([written.as_posix()])
        done.num_written += 1
    if not done.num_written:
        raise ValueError(f"Not one image in '{root}' can be read: {done.bad[0]}")
    return done
