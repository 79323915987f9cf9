"""Intrinsics: where they come from, and what they are at another size."""
