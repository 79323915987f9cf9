"""TIFF files, of which no one decoder reads every kind right.

| kind | decoder |
|---|---|
| up to 8 bits a channel, in the layouts Pillow knows | Pillow |
| more, planes with opacity, or BigTIFF in big-endian order; uncompressed or deflated | tifffile |
| more, with another compression, channels pixel by pixel | OpenCV |
| the same with a plane for each channel | OpenCV, as 8 bits |

Pillow garbles uncompressed 16-bit planes, OpenCV 16-bit planes unless it makes 8 bits of them, and
neither turns 16-bit images whose white is 0 round. What none reads is refused.
"""

import enum
import io
import logging
import math
import warnings
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.deep_image import over_white, to_8_bits
from densedepth_tf.files.images.encoded_image import decode
from densedepth_tf.files.images.image_size import check_pixels

if TYPE_CHECKING:
    import tifffile

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BIG_ENDIAN_BIGTIFF = b"MM\0+"
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB = 0, 1, 2
_SEPARATE = 2
_UNSIGNED, _SIGNED = 1, 2
_PREMULTIPLIED, _OPACITY = 1, 2
_PLAIN_COMPRESSIONS = (1, 8, 32946)  # none and the two numbers of Deflate
_MAX_SAMPLE_VALUE = 281
_PIECE = 2**20
_LARGEST = 65535
_DARK = 16  # of 8 bits: where 12 of 16 bits end


def read_deep_tiff(content: bytes, name: str) -> np.ndarray | None:
    """Reads a TIFF that Pillow does not read right.

    The first page counts; that there are more is told in a warning.

    Args:
        content: The file.
        name: What to call it in messages.

    Returns:
        uint8 (H, W, 3) RGB as stored, its orientation not applied; None if it is for Pillow.

    Raises:
        BadSampleError: If it is damaged, too large or no photograph.
    """
    import tifffile  # only here: it takes a tenth of a second

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # its lines do not name the file
    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            page = file.pages.first
            check_pixels((page.imagelength, page.imagewidth), name)
            if len(file.pages) > 1:
                warnings.warn(
                    f"'{name}' has {len(file.pages)} pages, of which the first is taken.",
                    stacklevel=2,
                )
            if _is_for_pillow(page, content):
                return None
            return _read(page, content, name)
    except BadSampleError:
        raise
    except Exception as error:  # tifffile raises whatever the damage leads it to
        raise BadSampleError(f"'{name}' is a damaged or cut-off TIFF: {error}.") from error


def _is_for_pillow(page: "tifffile.TiffPage", content: bytes) -> bool:
    planes_with_opacity = page.planarconfig == _SEPARATE and page.extrasamples
    is_known = not content.startswith(_BIG_ENDIAN_BIGTIFF) and not planes_with_opacity
    return page.bitspersample <= 8 and is_known


def _read(page: "tifffile.TiffPage", content: bytes, name: str) -> np.ndarray:
    if page.sampleformat not in (_UNSIGNED, _SIGNED):
        raise BadSampleError(
            f"'{name}' holds floating-point values, not a photograph. Save it as 8-bit PNG or JPEG."
        )
    num_colors = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3}.get(int(page.photometric), 0)
    extra = page.samplesperpixel - num_colors
    is_plain = page.compression in _PLAIN_COMPRESSIONS and page.bitspersample in (8, 16, 32)
    in_planes = page.planarconfig == _SEPARATE and page.samplesperpixel > 1
    through_8_bits = not is_plain and (in_planes or page.bitspersample <= 8)
    turned_round = int(page.photometric) == _WHITE_IS_ZERO
    if not num_colors or page.imagedepth != 1 or (through_8_bits and (extra or turned_round)):
        raise BadSampleError(
            f"'{name}' is a TIFF of a kind that is not read: {page.samplesperpixel} channels of "
            f"{page.bitspersample} bits, {_word(page.photometric)}, {_word(page.compression)}. "
            "Save it as 8-bit RGB."
        )
    kind = int(page.extrasamples[0]) if extra and page.extrasamples else 0
    declared = None
    if is_plain:
        values = _with_tifffile(page, content, name)
        declared = _declared(page)
    elif through_8_bits:
        # What OpenCV's own layout of 16-bit planes makes noise of.
        values = decode(content, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION, name)
        num_colors = 3
        if page.bitspersample > 8 and values.max(initial=0) < _DARK:
            raise BadSampleError(
                f"'{name}' is almost black in 8 bits, and with separate planes more bits cannot be "
                "read. Save it without compression, or pixel by pixel."
            )
    else:
        values = decode(content, cv2.IMREAD_UNCHANGED, name)
        if values.ndim == 3:
            values = np.concatenate([values[..., 2::-1], values[..., 3:]], axis=-1)
        # OpenCV brings packed 10 to 14 bits to 16 itself.
        declared = _declared(page) if page.bitspersample == 16 else _LARGEST
    values = values.reshape(*values.shape[:2], -1)
    if turned_round:
        range_end = declared or (255 if values.dtype == np.uint8 else _LARGEST)
        values, declared = range_end - values.astype(np.int32), range_end
    has_opacity = kind in (_PREMULTIPLIED, _OPACITY) and values.shape[-1] > num_colors
    values = values[..., : num_colors + has_opacity]
    if values.dtype != np.uint8:
        values = to_8_bits(values, name, declared, num_colors)
    if num_colors == 1:
        values = np.concatenate([values[..., :1]] * 3 + [values[..., 1:]], axis=-1)
    if has_opacity:
        return over_white(values, kind == _PREMULTIPLIED)
    return np.ascontiguousarray(values)


def _with_tifffile(page: "tifffile.TiffPage", content: bytes, name: str) -> np.ndarray:
    """Channels last. What the file lacks would come out as zeros, so that is looked for first."""
    places = list(zip(page.dataoffsets, page.databytecounts, strict=True))
    if not places or any(
        count <= 0 or not 0 < start <= len(content) - count for start, count in places
    ):
        raise BadSampleError(f"'{name}' is a TIFF that is cut off: part of its image is missing.")
    if page.compression != 1:
        _check_inflated(page, [content[start : start + count] for start, count in places], name)
    values = page.asarray(maxworkers=1)
    if page.planarconfig == _SEPARATE and page.samplesperpixel > 1:
        values = np.moveaxis(values, 0, -1)
    return values


def _check_inflated(page: "tifffile.TiffPage", parts: list[bytes], name: str) -> None:
    """Checks that no part becomes longer than its pixels are: a megabyte may hold a gigabyte."""
    size = math.prod(page.chunks) * page.bitspersample // 8
    for part in parts:
        inflating, left = zlib.decompressobj(), size + 1
        while left > 0 and part and not inflating.eof:
            left -= len(inflating.decompress(part, min(left, _PIECE)))
            part = inflating.unconsumed_tail
        if left <= 0:
            raise BadSampleError(f"'{name}' is a damaged TIFF: it holds more than its size.")


def _word(number: int) -> str:
    """What tifffile calls a tag's value, or the number that it does not know."""
    return number.name if isinstance(number, enum.IntEnum) else str(number)


def _declared(page: "tifffile.TiffPage") -> int | None:
    """The largest value that the file allows, None if it does not tell."""
    tag = page.tags.get(_MAX_SAMPLE_VALUE)
    if tag is None:
        return None
    value = tag.value
    largest = max(value) if isinstance(value, tuple) else value
    return largest if isinstance(largest, int) and 0 < largest <= _LARGEST else None
