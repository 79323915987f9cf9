"""Trained models by name: one in the package, others to download."""
