"""A map of a part of an image, put where it belongs."""

import numpy as np
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from densedepth_tf.geometry.region import WHOLE_IMAGE, Region, spread_over_image
from densedepth_tf.geometry.resizing.resize import resize_bilinear

edges = st.tuples(st.floats(0.0, 0.4), st.floats(0.6, 1.0))


@settings(max_examples=20, deadline=None)
@given(edges, edges, st.tuples(st.integers(20, 60), st.integers(20, 60)))
def test_a_slope_sampled_in_a_region_is_the_slope_there_and_flat_beyond(rows, columns, size):
    """Every pixel of the map holds the place in the image of its own middle."""
    down = rows[0] + (np.arange(7) + 0.5) / 7 * (rows[1] - rows[0])
    across = columns[0] + (np.arange(9) + 0.5) / 9 * (columns[1] - columns[0])
    places = np.stack(np.meshgrid(down, across, indexing="ij"), -1)[None].astype(np.float32)
    spread = spread_over_image(tf.constant(places), size, Region(*rows, *columns))[0].numpy()
    height, width = size
    pixels = np.meshgrid(
        np.clip((np.arange(height) + 0.5) / height, down[0], down[-1]),
        np.clip((np.arange(width) + 0.5) / width, across[0], across[-1]),
        indexing="ij",
    )
    np.testing.assert_allclose(spread, np.stack(pixels, -1), atol=1e-5)


def test_the_whole_image_is_plain_bilinear_resizing_at_sizes_known_late():
    depth = tf.random.stateless_uniform((2, 6, 8, 1), (1, 2))

    @tf.function(input_signature=[tf.TensorSpec((2,), tf.int32)])
    def spread(size):
        return spread_over_image(depth, size, WHOLE_IMAGE)

    for size in ((6, 8), (31, 17), (60, 80)):
        np.testing.assert_allclose(spread(size), resize_bilinear(depth, size), atol=1e-5)
