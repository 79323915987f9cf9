"""Everything behind `train.py`."""

# What Keras saves of this room's own: see `keras_registration`.
SAVED_PARTS = {"TorchAdam": "torch_adam"}
