"""PFM files give the numbers that are stored, whatever scale their header has."""

import cv2
import numpy as np
import pytest

from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.files.depth.depth_file import read_depth
from densedepth_tf.files.depth.pfm_file import read_pfm

DEPTH = np.arange(1, 13, dtype=np.float32).reshape(3, 4)


def pfm(scale, depth=DEPTH, kind=b"Pf", line_end=b"\n"):
    order = "<f4" if scale.startswith(b"-") else ">f4"
    header = [kind, b"%d %d" % (depth.shape[1], depth.shape[0]), scale]
    return line_end.join([*header, b""]) + depth[::-1].astype(order).tobytes()


@pytest.mark.parametrize("scale", [b"-1.0", b"1.0", b"-0.003922", b"0.5", b"-2e0"])
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_the_scales_sign_alone_counts(scale, line_end):
    content = pfm(scale, line_end=line_end)
    np.testing.assert_array_equal(read_depth(content)[..., 0], DEPTH)
    np.testing.assert_array_equal(read_depth(content, scale=0.5)[..., 0], DEPTH / 2)


def test_what_opencv_writes_is_read_and_colours_are_no_depth():
    content = cv2.imencode(".pfm", DEPTH)[1].tobytes()
    np.testing.assert_array_equal(read_pfm(content, "a"), DEPTH)
    grey = pfm(b"-1", DEPTH[..., None].repeat(3, -1), b"PF")
    np.testing.assert_array_equal(read_depth(grey)[..., 0], DEPTH)
    with pytest.raises(BadSampleError, match="'a' is a colour image"):
        read_depth(pfm(b"-1", np.dstack([DEPTH, DEPTH + 1, DEPTH]), b"PF"), name="a")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pfm(b"-1")[:-1], "cut off"),
        (b"Pf\n4 3\n", "header makes no sense"),
        (b"Pf\n4 0\n-1\n", "header makes no sense"),
        (b"Pf\n4 3\n0.0\n" + bytes(48), "header makes no sense"),
        (b"Pf\n4 3\n-.e-\n" + bytes(48), "header makes no sense"),
        (b"Pf\n99999 99999\n-1\n" + bytes(48), "too large"),
    ],
)
def test_damaged_files_are_refused_by_name(content, said):
    with pytest.raises(BadSampleError, match=rf"'a\.pfm' is .*{said}"):
        read_depth(content, name="a.pfm")
