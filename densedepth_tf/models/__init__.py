"""Networks, losses and target codecs. Models know nothing of files."""

# First of all: importing Keras imports every serialisable class (`keras_registration`), which
# would meet a module of this package half-way through its own `import keras`.
import keras  # noqa: F401
