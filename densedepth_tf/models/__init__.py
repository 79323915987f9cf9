"""Networks, losses and target codecs."""

# What Keras saves of this room's own: see `keras_registration`.
SAVED_PARTS = {
    "BatchNormalization": "batch_normalization",
    "BilinearUpSampling2D": "layers",
    "DepthMetric": "depth_metric",
    "FreezableDropout": "layers",
    "NearestUpSampling2D": "layers",
    "ReflectionPadding2D": "layers",
    "TorchAdam": "torch_adam",
}
