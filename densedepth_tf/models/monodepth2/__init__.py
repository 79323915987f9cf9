"""Monodepth2 (Godard et al. 2019): depth and motion learned from video."""
