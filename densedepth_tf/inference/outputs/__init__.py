"""What is written of a prediction, as files of images and as video."""
