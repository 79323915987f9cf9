"""Commands that write outputs, at their smallest: each takes a folder of data and a place.

`data` is a folder made by `test_outputs_in_buckets.py`; the place is a folder or an address.
"""

import made_up_kitti as kitti
import numpy as np
import pytest

from densedepth_tf.commands import evaluate, export_gt, fill, preflight, rooms
from densedepth_tf.evaluation.kitti_benchmark import export_benchmark
from densedepth_tf.files.outputs.output_record import RECORD_FILE
from densedepth_tf.page.page_files import write_page


def run(command, *flags):
    with pytest.raises(SystemExit) as leaving:
        command.main([str(flag) for flag in flags])
    return leaving.value.code or 0


def evaluated(data, output, *flags):
    given = ("--dataset", "folder", "--data-dir", data / "data", *flags)
    return run(evaluate, *given, "--predictions", data / "theirs", "--output", output)


def motion(data, output):
    if not (data / "drive").exists():
        kitti.write_odometry(data / "drive")
    poses = ("--predictions", data / "drive/poses.txt")
    given = ("--protocol", "odometry", "--data-dir", data / "drive", *poses)
    return run(evaluate, *given, "--output", output)


def filled(data, output):
    return run(fill, "--data-dir", data / "data", "--output", output)


def filled_frames(data, output):
    given = ("--dataset", "kitti", "--data-dir", drive(data))
    return run(fill, *given, "--output", output, "--method", "approximate")


def true_depth(data, output):
    given = ("--dataset", "kitti", "--data-dir", drive(data), "--split", "train")
    return run(export_gt, *given, "--output", output)


def kept_frames(data, output):
    given = ("--dataset", "kitti", "--data-dir", drive(data), "--stereo")
    return run(preflight, *given, "--keep", f"{output}/lists/keep.txt")


def rendered(data, output):
    counts = ("--num-train", 2, "--num-validation", 0, "--num-test", 1)
    size = ("--image-size", "24x32", "--workers", 1)
    return run(rooms, "--output", output, *counts, *size)


def page(data, output):
    write_page({"index.html": b"<p>", "model/model.onnx": b"model"}, output)
    return 0


def benchmark(data, output):
    done = export_benchmark(Flat(), data / "theirs_as_pictures", output)
    return 0 if done.num_written else 1


def drive(data):
    if not (data / "kitti").exists():
        kitti.write_drive(data / "kitti", shifts=(0, 3, 3, 3, 3, 3, 6, 9))
    return data / "kitti"


class Flat:
    name = "flat"

    def predict_depth(self, images):
        return np.full((*images.shape[:-1], 1), 7, np.float32)


WRITERS = {
    "a report": evaluated,
    "odometry": motion,
    "filled maps": filled,
    "filled scans": filled_frames,
    "true depth": true_depth,
    "a list of frames": kept_frames,
    "rooms": rendered,
    "a page": page,
    "the benchmark": benchmark,
}


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD_FILE
    }


def in_bucket(files, folder="results/out"):
    found = {key.removeprefix(f"{folder}/"): files.cat_file(key) for key in files.find(folder)}
    found.pop(RECORD_FILE, None)
    return found
