"""Depth maps in files, as float32 metres."""
