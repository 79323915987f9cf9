import numpy as np
from PIL import Image

from densedepth_tf.inference.batch_plan import plan_batches
from densedepth_tf.inference.image_sources import find_images
from densedepth_tf.inference.predictor import Predictor

SIZES = [(20, 30), (20, 30), (30, 20), (16, 24)]


def test_the_plan_has_the_batches_of_a_run(model, tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6
    for number in range(25):
        height, width = SIZES[number * 7 % 4]
        image = Image.fromarray(np.full((height, width, 3), number, np.uint8))
        image.save(tmp_path / f"{number:02d}.jpg", exif=Image.Exif() if number % 5 else turned)
    files = find_images([tmp_path])
    predicted = [outcome.source for outcome in Predictor(model, 3).predict_files(files)]
    planned = list(plan_batches(files, 3))
    assert [len(batch) for batch in planned] == [shape[0] for shape in model.batches]
    assert [file for batch in planned for file in batch] == predicted
    model.batches.clear()
    again = [outcome.source for outcome in Predictor(model, 3).predict_batches(planned)]
    assert again == predicted
    assert [shape[0] for shape in model.batches] == [len(batch) for batch in planned]


def test_files_without_a_header_come_by_themselves(tmp_path):
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    (tmp_path / "c.png").write_bytes(b"")
    planned = plan_batches(find_images([tmp_path]), 4)
    names = sorted([file.name for file in batch] for batch in planned)
    assert names == [["a"], ["b"], ["c"]]
