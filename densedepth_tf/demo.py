"""The whole job in a few minutes, with nothing to download: photographs, training, figures."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from densedepth_tf.checkpoints import MODEL_FILE, load_keras, local_checkpoint
from densedepth_tf.data.source import DepthSource, at_any_place
from densedepth_tf.data.sources import open_source
from densedepth_tf.evaluation.evaluator import evaluate
from densedepth_tf.evaluation.report import metrics_table
from densedepth_tf.export.saved_model import export_saved_model
from densedepth_tf.files.atomic import write_bytes
from densedepth_tf.files.bucket import below
from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.inference.predict_to_folder import predict_to_folder
from densedepth_tf.models.depth_estimator import DepthEstimator
from densedepth_tf.presets.presets import DEFAULT_PRESET, load_preset
from densedepth_tf.training.densedepth.options import DenseDepthOptions
from densedepth_tf.training.train import train
from densedepth_tf.visualization.colorize import colorize
from densedepth_tf.visualization.panel import panel, to_height
from densedepth_tf.visualization.scale_bar import add_scale_bar

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")
ROOMS = (0, 1, 2)
NEAR, FAR = 0.5, 6.0
CLOSEST, CLOSE = 0.8, 3.0  # Of the photographs.
COLUMNS, HEIGHT = 6, 180


@dataclass(frozen=True)
class DemoSize:
    """How much the demo does.

    Attributes:
        num_train: Rooms to train on.
        num_validation: Rooms that choose the best epoch.
        num_test: Rooms never seen in training, for the figures.
        epochs: Passes over the training rooms.
        image_size: What the network sees.
    """

    num_train: int = 900
    num_validation: int = 40
    num_test: int = 60
    epochs: int = 12
    image_size: str = "96x128"


def run_demo(
    workdir: str | os.PathLike, size: DemoSize | None = None, overwrite: bool = False
) -> None:
    """Predicts photographs, then renders rooms, trains, evaluates on unseen rooms and exports.

    Leaves in `workdir` `photographs/` and `photographs.png`, predicted with the preset, the run
    folder of the training plus `rooms/` and `saved_model/`, and `demo.png`, which shows the
    trained model's depth.

    Args:
        workdir: The run folder, or its address in a bucket.
        size: How much to do; the default takes about five minutes on two cores.
        overwrite: Train again even if the folder holds a finished run.

    Raises:
        ValueError: If the folder holds another run.
        OSError: If it cannot be written.
    """
    from densedepth_tf.data.rooms.rooms_writer import write_rooms

    size = size or DemoSize()
    started = time.monotonic()
    photographs, folder = _photographs(), below(workdir, "photographs")
    print(f"1/5 Predicting photographs with the preset {DEFAULT_PRESET} into '{folder}'")
    for name, photograph in photographs.items():
        _write_png(below(folder, f"{name}.png"), photograph)
    preset = load_preset(DEFAULT_PRESET)
    files = [below(folder, f"{name}.png") for name in photographs]
    predict_to_folder(preset, files, below(folder, "depth"))
    shown = below(workdir, "photographs.png")
    _write_png(shown, photographs_figure(preset, photographs))
    rooms = below(workdir, "rooms")
    print(f"2/5 Rendering {size.num_train} furnished rooms into '{rooms}'")
    number = {"train": size.num_train, "validation": size.num_validation, "test": size.num_test}
    write_rooms(rooms, number)
    print("3/5 Training a DenseDepth from scratch on them")
    train(
        DenseDepthOptions(
            encoder="mobilenetv2",
            encoder_weights="none",
            decoder_filters=[128, 96, 64, 32, 16],
            dataset="rooms",
            data_dir=os.fspath(rooms),
            image_size=size.image_size,
            cache=True,
            epochs=size.epochs,
            optimizer="adamw",
            learning_rate=2e-3,
            schedule="cosine",
            clip_norm=5.0,
            # MobileNetV2's 0.999 remembers the random start for longer than the demo lasts.
            batch_norm_momentum=0.9,
            workdir=os.fspath(workdir),
            overwrite=overwrite,
        )
    )
    print("4/5 Measuring it on rooms it has never seen")
    model = load_keras(Path(local_checkpoint(workdir)) / MODEL_FILE)
    source = at_any_place(open_source("rooms", os.fspath(rooms), "test"))
    print(metrics_table(evaluate(model, source, checkpoint=workdir, output=workdir)))
    print("5/5 Exporting a SavedModel and comparing it with the model")
    report = export_saved_model(model, below(workdir, "saved_model"))
    print(f"    {report}")
    figure = below(workdir, "demo.png")
    _write_png(figure, _figure(model, source, photographs))
    minutes = (time.monotonic() - started) / 60
    print(f"Done in {minutes:.1f} minutes. Look at '{shown}' and '{figure}'")


def _photographs() -> dict[str, np.ndarray]:
    """Photographs that come with scikit-image, uint8 RGB."""
    from skimage import data

    return {name: getattr(data, name)() for name in PHOTOGRAPHS}


def photographs_figure(model: DepthEstimator, photographs: dict[str, np.ndarray]) -> np.ndarray:
    """Photographs above their predicted depth in one colour scale, and one with measured depth.

    Args:
        model: Predicts metres.
        photographs: uint8 RGB, by name.

    Returns:
        uint8 RGB.
    """
    garage, measured = _garage()
    images = [_crop(photograph) for photograph in (*photographs.values(), garage)]
    upper = [("photograph", image) for image in images]
    lower = [
        ("predicted depth", colorize(model.predict_depth(image), CLOSEST, CLOSE))
        for image in images
    ]
    truth = to_height(colorize(_crop(measured), CLOSEST, CLOSE), HEIGHT)
    lower.append(("measured depth", add_scale_bar(truth, CLOSEST, CLOSE)))
    return panel([upper, lower], title=f"densedepth-tf: the preset {DEFAULT_PRESET}", height=HEIGHT)


def _figure(
    model: DepthEstimator, rooms: DepthSource, photographs: dict[str, np.ndarray]
) -> np.ndarray:
    """Unseen rooms and photographs, truth where it is known, in one colour scale of metres."""
    unseen = [("unseen room", rooms[i]["image"], ("exact depth", rooms[i]["depth"])) for i in ROOMS]
    garage, measured = _garage()
    scenes = [
        *unseen,
        ("photograph", garage, ("measured depth", measured)),
        *(("photograph", photograph, None) for photograph in photographs.values()),
    ]
    cells = []
    for label, image, truth in scenes:
        cells.append((label, _crop(image)))
        if truth is not None:
            cells.append((truth[0], colorize(_crop(truth[1]), NEAR, FAR)))
        depth = colorize(_crop(model.predict_depth(image)), NEAR, FAR)
        if len(cells) % COLUMNS == COLUMNS - 1:
            depth = add_scale_bar(to_height(depth, HEIGHT), NEAR, FAR)
        cells.append(("predicted depth", depth))
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    return panel(rows, title="densedepth-tf: trained for minutes on rendered rooms", height=HEIGHT)


def _garage() -> tuple[np.ndarray, np.ndarray]:
    """A photograph that comes with scikit-image, and its depth measured by structured light.

    Returns:
        uint8 RGB (500, 741, 3), and float32 metres (500, 741, 1), 0 = missing.
    """
    from skimage import data

    image, _, disparity = data.stereo_motorcycle()
    # Focal length, baseline and offset of the principal points, from the function's docstring.
    depth = 994.978 * 0.193001 / (disparity + 31.086)
    return image, np.nan_to_num(depth).astype(np.float32)[..., None]


def _crop(image: np.ndarray) -> np.ndarray:
    """The middle of an image (H, W, C) in the shape of a room's, 4:3."""
    height, width = image.shape[:2]
    rows, columns = min(height, width * 3 // 4), min(width, height * 4 // 3)
    top, left = (height - rows) // 2, (width - columns) // 2
    return image[top : top + rows, left : left + columns]


def _write_png(path: str | os.PathLike, image: np.ndarray) -> None:
    _, png = cv2.imencode(".png", image[..., ::-1])
    with staged_output(path, "workdir", beside=()) as here:
        write_bytes(here, png.tobytes())
