"""Data sets as TFRecord files."""
