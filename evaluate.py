"""Measures models on a data set: `python evaluate.py --help`."""

from densedepth_tf.commands.evaluate import main

if __name__ == "__main__":
    main()
