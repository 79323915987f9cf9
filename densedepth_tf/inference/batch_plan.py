"""The batches that a run over many images would make, planned from the images' headers.

A network may give the last digits of an image's depth differently in a batch of another size.
Whoever predicts parts of a run elsewhere, and wants the same files, needs its batches.
"""

from collections.abc import Iterable, Iterator

from densedepth_tf.files.images.image_opener import ORIENTATION, open_image
from densedepth_tf.inference.batching import batch_by_size
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.process.map_ahead import map_ahead

_THREADS = 8
_AHEAD = 64
_SWAPPED = range(5, 9)  # EXIF orientations that turn by 90 degrees


def plan_batches(files: Iterable[ImageFile], batch_size: int) -> Iterator[list[ImageFile]]:
    """The batches of `Predictor.predict_files`, where all files can be read.

    Args:
        files: The images.
        batch_size: Most images of a batch.

    Yields:
        Images of one size by their headers, which alone are read; every file once. Files whose
        headers cannot be read come by themselves: reading them will say why.
    """
    unreadable: list[ImageFile] = []

    def readable() -> Iterator[tuple[ImageFile, tuple[int, int]]]:
        for file, size in map_ahead(_with_size, files, _THREADS, _AHEAD):
            if size is None:
                unreadable.append(file)
            else:
                yield file, size

    for batch in batch_by_size(readable(), lambda item: item[1], batch_size):
        yield [file for file, _ in batch]
        while unreadable:
            yield [unreadable.pop(0)]
    yield from ([file] for file in unreadable)


def _with_size(file: ImageFile) -> tuple[ImageFile, tuple[int, int] | None]:
    try:
        file.bring()
        with open_image(file.path) as image:
            width, height = image.size
            is_turned = image.getexif().get(ORIENTATION, 1) in _SWAPPED
    except Exception:  # Pillow raises whatever the damage leads it to.
        return file, None
    finally:
        file.release()  # It may be predicted much later, and on another machine.
    if not width * height:
        return file, None
    return file, (width, height) if is_turned else (height, width)
