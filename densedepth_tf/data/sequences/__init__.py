"""Data sets of consecutive frames: folders, videos, lists of frames."""

from densedepth_tf.old_paths import attributes_of

# Once one module.
__getattr__ = attributes_of(__name__, "densedepth_tf.data.sequence_datasets")
__all__ = ["SequenceOptions", "open_frames", "open_sequences"]
