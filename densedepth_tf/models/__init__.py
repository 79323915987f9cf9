"""Networks, losses and target codecs. Models know nothing of files."""
