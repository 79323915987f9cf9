"""DenseDepth (Alhashim & Wonka 2018, arXiv 1812.11941)."""

SAVED_MODELS = {"DenseDepth": "network"}
SAVED_PARTS = {"DenseDepthLoss": "loss", "InverseDepthCodec": "inverse_depth_codec"}
