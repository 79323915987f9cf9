"""Depth as pictures."""
