"""Readers, augmentation and the tf.data pipeline. Data knows nothing of models."""
