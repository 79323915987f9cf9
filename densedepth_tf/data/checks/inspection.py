"""Looking at a data set before training on it: how many samples, what units, what is broken."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from densedepth_tf.data.checks.depth_range import USUAL_MODEL_RANGE, count_outside, outside_range
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import Reader, Source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.process.available_cores import available_cores
from densedepth_tf.process.map_ahead import map_ahead
from densedepth_tf.process.progress_bar import ProgressBar

# Medians outside this range, in metres, are neither rooms nor streets.
USUAL_MEDIAN = (0.3, 80.0)
_BAD_SHOWN = 20


@dataclass
class Inspection:
    """What `inspect_source` found.

    Attributes:
        title: The data set.
        num_images: Samples in the whole data set.
        num_read: Samples that were looked at, bad ones included.
        image_sizes: How many images of each (height, width).
        min_depth: The smallest valid depth, metres.
        median_depth: The median over images of their median valid depth, metres.
        max_depth: The largest depth, metres.
        missing_share: The share of pixels without depth, 0..1.
        outside: The share of the depth that a model of the range asked about cannot tell, 0..1.
        bad: What is wrong with each bad sample.
        warnings: What looks implausible, in words.
    """

    title: str
    num_images: int
    num_read: int
    image_sizes: dict[tuple[int, int], int]
    min_depth: float
    median_depth: float
    max_depth: float
    missing_share: float
    outside: float = 0.0
    bad: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def report(self) -> str:
        """The findings as lines of text."""
        sizes = ", ".join(
            f"{height}x{width} ({count})" for (height, width), count in self.image_sizes.items()
        )
        lines = [
            f"data set       {self.title}",
            f"images         {self.num_images} ({self.num_read} looked at)",
            f"sizes (HxW)    {sizes}",
            f"depth          min {self.min_depth:.3f} m, median {self.median_depth:.3f} m, "
            f"max {self.max_depth:.3f} m",
            f"missing depth  {self.missing_share:.1%} of the pixels",
            f"bad samples    {len(self.bad)}",
        ]
        lines += [f"  {message}" for message in self.bad[:_BAD_SHOWN]]
        if len(self.bad) > _BAD_SHOWN:
            lines.append(f"  and {len(self.bad) - _BAD_SHOWN} more")
        return "\n".join(lines + [f"warning: {warning}" for warning in self.warnings])


def inspect_source(
    source: Source[Sample],
    num_images: int = 50,
    model_range: tuple[float, float] = USUAL_MODEL_RANGE,
) -> Inspection:
    """Reads samples spread evenly over a data set (the first ones of shards) and sums them up.

    Args:
        source: The data set.
        num_images: How many to read at most; 0 for all.
        model_range: Metres (nearest, farthest) that a model is to predict; depth outside is
            warned of.

    Raises:
        ValueError: If none can be read; the message says what is wrong with the first.
    """
    if num_images < 0:
        raise ValueError(f"`num_images` must not be negative. Received: {num_images}")
    count = min(num_images or len(source), len(source))
    sizes: Counter[tuple[int, int]] = Counter()
    lows, medians, highs, constant, bad = [], [], [], [], []
    missing = pixels = outside = 0
    samples = read_spread(source, count)
    for sample in ProgressBar(samples, total=count, unit="image", leave=False):
        if isinstance(sample, BadSampleError):
            bad.append(str(sample))
            continue
        depth = sample["depth"]
        valid = depth[depth > 0]
        sizes[sample["image"].shape[:2]] += 1
        lows.append(valid.min())
        medians.append(np.median(valid))
        highs.append(valid.max())
        if lows[-1] == highs[-1]:
            constant.append(sample["name"])
        missing += depth.size - valid.size
        outside += count_outside(valid, model_range)
        pixels += depth.size
    if not medians:
        raise ValueError(
            f"None of {count} samples of {source.title} can be read; the first: "
            + (bad[0] if bad else "there is none.")
        )
    inspection = Inspection(
        title=source.title,
        num_images=len(source),
        num_read=count,
        image_sizes=dict(sizes.most_common()),
        min_depth=float(min(lows)),
        median_depth=float(np.median(medians)),
        max_depth=float(max(highs)),
        missing_share=missing / pixels,
        outside=outside / max(pixels - missing, 1),
        bad=bad,
    )
    inspection.warnings = _warnings(inspection, constant)
    if outside:
        inspection.warnings.append(outside_range(inspection.outside, model_range))
    return inspection


def read_spread(source: Source[Sample], count: int) -> Iterator[Sample | BadSampleError]:
    """Reads `count` samples spread evenly over a data set, of shards the first ones.

    Yields:
        Samples, and the errors of those that cannot be read.
    """
    threads = min(4, available_cores())
    return map_ahead(_read, islice(source.spread_readers(count), count), threads, 2 * threads)


def _read(read: Reader[Sample]) -> Sample | BadSampleError:
    try:
        return read()
    except BadSampleError as error:
        return error


def _warnings(inspection: Inspection, constant: list[str]) -> list[str]:
    found = []
    low, high = USUAL_MEDIAN
    if not low <= inspection.median_depth <= high:
        found.append(
            f"a median depth of {inspection.median_depth:.3f} m is neither a room nor a street; "
            "check the unit and `depth_scale`."
        )
    if constant:
        found.append(f"depth is the same everywhere in {len(constant)} samples: '{constant[0]}'...")
    if inspection.missing_share > 0.95:
        found.append(
            f"{inspection.missing_share:.1%} of the depth is missing; fill it, or expect slow "
            "training."
        )
    return found
