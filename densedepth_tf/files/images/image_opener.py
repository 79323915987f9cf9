"""Opening images with Pillow: of every kind it knows, HEIC among them, but nothing else."""

import io
import os

from PIL import Image

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.images.image_size import check_pixels
from densedepth_tf.files.regular_file import check_regular_file
from densedepth_tf.process.optional_package import require

ORIENTATION = 0x0112  # the EXIF tag
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_HEADER = 16


def open_image(path_or_bytes: str | os.PathLike | bytes) -> Image.Image:
    """Opens an image without decoding its pixels.

    Raises:
        ImportError: If it is HEIC and the package that reads it is missing.
        OSError, SyntaxError, ValueError: Pillow's, where it is no image or damaged.
    """
    if isinstance(path_or_bytes, bytes):
        start = path_or_bytes[:_HEADER]
    else:
        check_regular_file(path_or_bytes)
        with open(path_or_bytes, "rb") as file:
            start = file.read(_HEADER)
    if is_heif(start):
        require("pillow_heif", "a HEIC image", "heif").register_heif_opener()
    return Image.open(
        io.BytesIO(path_or_bytes) if isinstance(path_or_bytes, bytes) else path_or_bytes
    )


def check_declared_size(content: bytes, name: str) -> None:
    """Checks the size in an image's header; nothing where Pillow does not know the kind.

    Raises:
        BadSampleError: If it is larger than what is taken.
    """
    try:
        with open_image(content) as image:
            size = image.size[::-1]
    except Image.DecompressionBombError as error:
        raise BadSampleError(f"'{name}' is too large: {error}") from error
    except Exception:  # Pillow raises whatever the damage leads it to; decoding names the file.
        return
    check_pixels(size, name)


def is_heif(start: bytes) -> bool:
    """Whether a file that starts so is HEIC or HEIF (ISO/IEC 23008-12); AVIF is not."""
    return start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS
