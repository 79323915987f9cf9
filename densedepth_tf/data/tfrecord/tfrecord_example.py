"""One sample as a TFRecord record, and back.

A record is a `tf.train.Example`:

| feature | what |
|---|---|
| `image` | an encoded image (JPEG or PNG) |
| `depth` | a depth file that `read_depth` reads, 0 = missing, exact to the last bit of float32: \
see `exact_depth.encode_exactly` |
| `depth_scale` | in older records whose depth exceeds 65.534 m, 16 bits: metres = value * \
depth_scale |
| `name` | the sample's name, UTF-8 |
| `intrinsics` | 9 floats, row by row, in pixels; only where known |
"""

import cv2
import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError

from densedepth_tf.data.sample import Sample
from densedepth_tf.data.sample_check import UnitCheck, checked_sample
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.depth.exact_depth import encode_exactly
from densedepth_tf.files.images.encoded_image import JPEG_START, PNG_START
from densedepth_tf.files.images.image_file import read_image

IMAGE_FORMATS = ("original", "jpeg", "png")
_REQUIRED = ("image", "depth", "name")
_JPEG_QUALITY = 95
# Whoever wrote the records has been told what is implausible.
_BELIEVE = UnitCheck(believed=True)


def encode_sample(sample: Sample, image_content: bytes | None, image_format: str) -> bytes:
    """One sample as a serialised record; `image_content` is its image file, where there is one."""
    is_kept = image_content is not None and image_content.startswith((JPEG_START, PNG_START))
    if image_content is None or not is_kept or image_format != "original":
        image_content = _encode_image(sample["image"], image_format)
    name = sample["name"].encode(errors="backslashreplace")  # file names need not be text
    features = {"image": _bytes(image_content), "name": _bytes(name)}
    features["depth"] = _bytes(encode_exactly(sample["depth"]))
    if "intrinsics" in sample:
        features["intrinsics"] = _floats(sample["intrinsics"].ravel())
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True)  # in one order in every process


def decode_sample(serialized: bytes, title: str, check_unit: UnitCheck = _BELIEVE) -> Sample:
    """One serialised record as a sample.

    Args:
        serialized: The record.
        title: What it was read from, for messages.
        check_unit: Warns of implausible depth, which is in metres all the same.

    Raises:
        BadSampleError: If the record is damaged or lacks a feature.
    """
    try:
        features = tf.train.Example.FromString(serialized).features.feature
        image, depth, name = (features[key].bytes_list.value[0] for key in _REQUIRED)
    except (DecodeError, IndexError) as error:
        raise BadSampleError(
            f"A record of '{title}' is damaged or lacks one of: {', '.join(_REQUIRED)}."
        ) from error
    name = name.decode(errors="replace")
    scale = features["depth_scale"].float_list.value
    intrinsics = features["intrinsics"].float_list.value
    return checked_sample(
        read_image(image, f"{name} (image)"),
        read_depth(depth, scale[0] if scale else None, f"{name} (depth)"),
        name,
        np.reshape(intrinsics, (3, 3)) if len(intrinsics) == 9 else None,
        check_unit,
    )


def _bytes(content: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))


def _floats(values: np.ndarray) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def _encode_image(image: np.ndarray, image_format: str) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if image_format == "png":
        return cv2.imencode(".png", bgr)[1].tobytes()
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()
