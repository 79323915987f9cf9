"""Whether XLA will compile what TensorFlow traces: it has other kernels than TensorFlow."""

import keras


def is_compiled_by_xla() -> bool:
    """Whether the running code is traced for a `tf.function(jit_compile=True)`, as Keras' steps.

    Always False on other backends than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_util

    # TensorFlow tells nobody by a public name.
    graph = tf.compat.v1.get_default_graph()
    return bool(control_flow_util.GraphOrParentsInXlaContext(graph))
