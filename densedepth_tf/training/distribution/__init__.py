"""Training on several devices and hosts as if on one: through `tf.distribute`."""
