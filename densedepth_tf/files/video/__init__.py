"""Video files, as frames."""
