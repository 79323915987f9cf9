"""Predicts depth in metres: `python predict.py --help`."""

from densedepth_tf.commands.predict import main

if __name__ == "__main__":
    main()
