"""Which images a training has seen: the list beside a model, and finding images in it again."""

import csv
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import cv2
import numpy as np

from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.suffixes import IMAGE_SUFFIXES
from densedepth_tf.files.text_file import read_text

SAMPLES_FILE = "training_samples.csv"
# What an image was used for, the strongest first.
TRAINING, NEIGHBOUR, VALIDATION = "training", "neighbour", "validation"
USES = (TRAINING, NEIGHBOUR, VALIDATION)
# A row of weights that began as another model's, of whose training nothing is known.
UNKNOWN = "unknown"
_COLUMNS = ("use", "name", "pixels", "looks")
_GRID = (4, 3)  # columns and rows of the means that are an image's looks
# Grey levels by which these means differ after JPEG or another size, and seldom otherwise.
_ALIKE = 3


class SampleMark(NamedTuple):
    """What an image is known by, wherever it lies.

    Attributes:
        name: Its name where it was read, without the suffix of its format.
        pixels: CRC-32 of its pixels, 8 hexadecimal digits.
        looks: Mean grey levels of 3 rows of 4 parts of it, 2 hexadecimal digits each.
    """

    name: str
    pixels: str
    looks: str

    @classmethod
    def of(cls, name: str, image: np.ndarray) -> "SampleMark":
        """The mark of an image, uint8 (H, W, 3) RGB."""
        image = np.ascontiguousarray(image)
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        grey = cv2.resize(grey, _GRID, interpolation=cv2.INTER_AREA)
        # Names of files need not be text; TFRecords hold them like this, too.
        name = name.encode(errors="backslashreplace").decode()
        if name.lower().endswith(IMAGE_SUFFIXES):
            name = name.rpartition(".")[0]
        return cls(name, f"{zlib.crc32(image.data):08x}", grey.tobytes().hex())

    def is_like(self, other: "SampleMark") -> bool:
        """Whether two images are the same one, in another folder, format or size maybe.

        One name must be the end of the other, in whole folders.
        """
        parts, others = (PurePosixPath(mark.name).parts[::-1] for mark in (self, other))
        if any(part != another for part, another in zip(parts, others, strict=False)):
            return False
        looks, other_looks = (
            np.frombuffer(bytes.fromhex(mark.looks), np.uint8).astype(int) for mark in (self, other)
        )
        return bool(np.abs(looks - other_looks).max() <= _ALIKE)


class SeenSamples:
    """The images that a training has learned from, and those that chose its best epoch.

    An image is found again by its pixels, whatever it is called; or by its name and looks, which
    stay when the data move to another folder, an archive or TFRecords, or get another format or
    size.

    Attributes:
        origin: Of the weights that training began with, what its images are not known of.
    """

    def __init__(self) -> None:
        self.origin: str | None = None
        self._uses: dict[SampleMark, str] = {}
        self._by_pixels: dict[tuple[str, str], str] = {}
        self._by_stem: dict[str, list[SampleMark]] = {}

    def __len__(self) -> int:
        return len(self._uses)

    def count(self, use: str) -> int:
        """How many images had a use, one of `USES`."""
        return sum(each == use for each in self._uses.values())

    def add(self, use: str, marks: Iterable[SampleMark]) -> None:
        """Adds images; of several uses of one the strongest counts."""
        for mark in marks:
            content = mark[1:]
            if mark not in self._uses:
                self._by_stem.setdefault(PurePosixPath(mark.name).name, []).append(mark)
            self._uses[mark] = _stronger(use, self._uses.get(mark))
            self._by_pixels[content] = _stronger(use, self._by_pixels.get(content))

    def add_all(self, others: "SeenSamples") -> None:
        """Adds what another training has seen."""
        self.origin = self.origin or others.origin
        for mark, use in others._uses.items():
            self.add(use, [mark])

    def use_of(self, mark: SampleMark) -> str | None:
        """What an image was used for, one of `USES`; None if it was not seen."""
        named = self._by_stem.get(PurePosixPath(mark.name).name, ())
        found = [self._by_pixels.get(mark[1:])]
        found += [self._uses[other] for other in named if other.is_like(mark)]
        return min(filter(None, found), key=USES.index, default=None)

    def write(self, path: Path) -> None:
        """Writes the list in one step, as CSV.

        Raises:
            OSError: If it cannot be written.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        if self.origin is not None:
            writer.writerow([UNKNOWN, self.origin, "", ""])
        writer.writerows([use, *mark] for mark, use in self._uses.items())
        write_text(path, text.getvalue())


def read_seen_samples(path: Path) -> SeenSamples:
    """Reads a list that `SeenSamples.write` wrote.

    Raises:
        ValueError: If it is damaged or another file.
        OSError: If it cannot be read.
    """
    seen = SeenSamples()
    try:
        rows = list(csv.reader(io.StringIO(read_text(path), newline="")))
        if tuple(rows[0]) != _COLUMNS:
            raise ValueError(f"its columns are {', '.join(rows[0])[:100]}")
        for use, name, pixels, looks in rows[1:]:
            if use == UNKNOWN:
                seen.origin = name
                continue
            if use not in USES or len(pixels) != 8 or len(bytes.fromhex(looks)) != np.prod(_GRID):
                raise ValueError(f"'{name}' has no such use or mark")
            seen.add(use, [SampleMark(name, pixels, looks)])
    except (ValueError, IndexError, csv.Error) as error:
        raise ValueError(f"'{path}' is no list of training samples, or damaged: {error}") from error
    return seen


def sample_marks(sample: Mapping[str, Any]) -> Iterator[tuple[str, SampleMark]]:
    """The marks of the images in a sample, each with its use in a training step."""
    yield TRAINING, SampleMark.of(sample["name"], sample["image"])
    for name, frame in zip(sample.get("frame_names", ()), sample.get("frames", ()), strict=True):
        yield NEIGHBOUR, SampleMark.of(name, frame)


def _stronger(use: str, other: str | None) -> str:
    return use if other is None else min(use, other, key=USES.index)
