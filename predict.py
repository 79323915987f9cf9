"""Predicts depth in metres: `python predict.py --help`."""

from densedepth_tf.commands.predict import script

if __name__ == "__main__":
    script()
