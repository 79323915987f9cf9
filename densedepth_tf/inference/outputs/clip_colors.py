"""Which metres the colours of a clip stand for: the same in all of its frames."""

import dataclasses
import math

import numpy as np

from densedepth_tf.files.video.clip import Clip
from densedepth_tf.inference.outputs.depth_colors import DepthColors
from densedepth_tf.inference.predictor import Predictor
from densedepth_tf.inference.video.predict_clip import Shrink, working_size_for
from densedepth_tf.visualization.colorize import depth_range

DEFAULT_RANGE = 0.0, 10.0  # metres, for a model that does not tell its own
NUM_SAMPLES = 8
STEP = 0.1  # metres


def clip_colors(
    predictor: Predictor, clip: Clip, colors: DepthColors, range_of_clip: bool
) -> DepthColors:
    """`colors` with the ends of its range that are open filled in.

    Args:
        predictor: Its model's `min_depth` and `max_depth` are the ends, 0 and 10 m without them.
        clip: The clip; a few of its images are looked at, see `Clip.sample`.
        colors: Colour map, and the ends that are given.
        range_of_clip: Take the 2nd and 98th percentile of the depth of a few frames spread over
            the clip instead, to the decimetre. A network rarely uses the whole of its range, so
            that shows more; the model's range makes clips comparable.

    Raises:
        ValueError: If the range is then empty.
    """
    model = predictor.model
    near = DEFAULT_RANGE[0] if model.min_depth is None else model.min_depth
    far = DEFAULT_RANGE[1] if model.max_depth is None else model.max_depth
    if range_of_clip and None in (colors.min_depth, colors.max_depth):
        frames, size = clip.sample(NUM_SAMPLES), working_size_for(model, clip.size)
        if size is not None:
            frames = [Shrink(size)(frame) for frame in frames]
        depth = np.stack(predictor.predict(frames))
        near, far = depth_range(depth, colors.min_depth, colors.max_depth)
        near = math.floor(near / STEP) * STEP
        far = max(near + STEP, math.ceil(far / STEP) * STEP)
    near = near if colors.min_depth is None else colors.min_depth
    far = far if colors.max_depth is None else colors.max_depth
    return dataclasses.replace(
        colors, min_depth=round(float(near), 6), max_depth=round(float(far), 6)
    )
