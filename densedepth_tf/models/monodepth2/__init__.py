"""Monodepth2 (Godard et al. 2019): depth and motion learned from video."""

SAVED_MODELS = {"Monodepth2": "depth_network", "PoseNetwork": "pose_network"}
SAVED_PARTS = {"DisparityCodec": "disparity_codec", "Monodepth2Loss": "loss"}
