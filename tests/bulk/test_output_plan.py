"""How pictures are shared out to actors."""

import numpy as np
from PIL import Image

from densedepth_tf.bulk.output_plan import FilePlan
from densedepth_tf.files.outputs.output_record import OutputRecord
from densedepth_tf.inference.image_sources import find_images


def test_units_are_smaller_near_the_end_and_hold_every_picture_once(tmp_path):
    for number in range(23):
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / f"{number}.png")
    files = find_images([tmp_path])
    plan = FilePlan(files, ("npy",))
    record = OutputRecord(tmp_path, ())
    left = plan.left_to_do(record, False, batch_size=1, actors=2)
    assert [len(unit) for unit in left.units] == [4, 4, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1]
    assert [file for unit in left.units for batch in unit for file in batch] == files
    few = FilePlan(files[:10], ("npy",)).left_to_do(record, False, batch_size=4, actors=3)
    assert [len(unit) for unit in few.units] == [1, 1, 1]  # Everybody has something to do.
