"""Eigen et al. 2014: a coarse network for the whole picture and a fine one for its details."""
