"""Cameras and sizes: the ground everything else stands on."""
