"""Exports a model: `python export.py --help`."""

from densedepth_tf.commands.export import main

if __name__ == "__main__":
    main()
