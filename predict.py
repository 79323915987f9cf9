"""Predicts depth in metres: `python predict.py --help`."""

from densedepth_tf.commands.command_line import leave_at_once
from densedepth_tf.commands.predict import main

if __name__ == "__main__":
    leave_at_once(main)
