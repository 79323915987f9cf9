"""The package's version, which is written here alone."""

__version__ = "0.1.0"
