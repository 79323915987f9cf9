"""Data sets of consecutive frames: folders, videos, lists of frames."""
