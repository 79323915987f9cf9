"""Train a depth model: `python train.py --help`."""

from densedepth_tf.commands.train import main

if __name__ == "__main__":
    main()
