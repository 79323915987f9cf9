"""Videos, folders of frames and webcams."""
