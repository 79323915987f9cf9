"""What makes a network a Keras model that saves, clones and explains itself."""
