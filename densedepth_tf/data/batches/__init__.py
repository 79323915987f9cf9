"""From samples to the batches that a network learns from."""
