"""Where predictions come from: models, and files of anybody's."""
