"""How DenseDepth is trained."""

from densedepth_tf.old_paths import attributes_of

# Once one module.
__getattr__ = attributes_of(__name__, "densedepth_tf.training.densedepth.system")

SAVED_PARTS = {"ScaleFreeLoss": "scale_free_loss"}
