"""Exported models and presets, run by the runtime they were made for."""
