"""From a trained model to files people use."""
