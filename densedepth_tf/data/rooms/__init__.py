"""Rendered rooms, whose depth is exact."""
