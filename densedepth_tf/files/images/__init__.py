"""Images in files, as uint8 RGB."""
