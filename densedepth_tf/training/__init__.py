"""Everything behind `train.py`."""
