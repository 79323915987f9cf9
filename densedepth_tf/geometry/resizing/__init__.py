"""Images and depth maps at other sizes."""
