"""What can be known to be wrong with data before anything is trained on it."""
