"""Data sets of single photographs and their depth maps."""
