"""Depth as images."""
