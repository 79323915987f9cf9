"""What a scene is made of, and from one to an image and its depth."""
