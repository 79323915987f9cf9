"""Official and pre-trained weights, which come as files of PyTorch."""
