"""Eigen et al. 2014: a coarse network for the whole image and a fine one for its details."""

SAVED_MODELS = {"Eigen": "network", "EigenCoarse": "coarse_network"}
SAVED_PARTS = {
    "EigenLoss": "loss",
    "LayerwiseSGD": "layerwise_sgd",
    "LogDepthCodec": "log_depth_codec",
}
