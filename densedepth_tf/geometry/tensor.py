"""What networks compute with, as a name for signatures; importing it imports no framework."""

from typing import TYPE_CHECKING, TypeAlias, Union

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# A KerasTensor while a model is put together, else what the backend computes with, JAX's arrays
# where that is JAX. A NumPy array may stand wherever one is asked for, as in Keras.
Tensor: TypeAlias = Union["tf.Tensor", "keras.KerasTensor"]
