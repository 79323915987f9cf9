"""From a scene to an image and its depth."""
