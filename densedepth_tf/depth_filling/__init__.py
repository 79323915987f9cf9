"""Filling the holes of a depth map along the edges of its photograph."""

from densedepth_tf.depth_filling.colorization import METHODS, fill_depth

__all__ = ["METHODS", "fill_depth"]
