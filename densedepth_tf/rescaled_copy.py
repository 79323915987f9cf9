"""Copies of a checkpoint whose depth is in another unit."""

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from densedepth_tf.checkpoint_origin import copy_seen_samples
from densedepth_tf.checkpoints import MODEL_FILE, POSE_FILE, load, load_pose, local_checkpoint
from densedepth_tf.files.atomic import atomic_path
from densedepth_tf.files.outputs.staged_output import staged_output
from densedepth_tf.files.writable_folder import check_writable_folder, named_path
from densedepth_tf.geometry.cameras.lens import check_focal_length
from densedepth_tf.geometry.depth_model import DepthModel, RescalableModel, Savable


def save_rescaled(
    path: str | os.PathLike,
    folder: str | os.PathLike,
    factor: float,
    focal_length: float | Literal["kept"] | None = "kept",
) -> None:
    """Saves a copy of a checkpoint whose depth, and motion, is `factor` times as large.

    Writes `model.keras`, `pose.keras` if the checkpoint has a pose network, and the list of what it
    was trained on if there is one: a folder that every command takes for a run folder.

    Args:
        path: The checkpoint.
        folder: For the copy: a path, or an address in a bucket.
        factor: What depth and motion are multiplied by.
        focal_length: Of the camera for which the metres are right then, in widths of the training
            images, None if not known; "kept" leaves the model's.

    Raises:
        FileExistsError: If the folder holds a model already.
        OSError: If it cannot be written.
        ValueError: If the factor is not above 0, the focal length none, or the checkpoint an
            exported artefact; and what `load` and `load_motion` raise.
    """
    with rescaled_copy_place(folder) as place:
        model = check_rescaled_copy(load(path), place)
        pose_network, _ = load_pose(Path(local_checkpoint(path)))
        copy = model.rescaled(factor)
        if focal_length != "kept":
            copy.focal_length = check_focal_length(focal_length)
        copies: dict[str, Savable] = {MODEL_FILE: copy}
        if pose_network is not None:
            copies[POSE_FILE] = pose_network.rescaled(factor)
        for name, each in copies.items():
            with atomic_path(place / name) as temporary:
                each.save(temporary)
        copy_seen_samples(path, place)


def rescaled_copy_place(
    folder: str | os.PathLike, argument: str = "folder"
) -> AbstractContextManager[Path]:
    """Where a copy is written on this machine, see `staged_output`.

    Args:
        folder: For the copy: a path, or an address in a bucket.
        argument: What it was given to.
    """
    return staged_output(
        folder, argument, looks_at=lambda name: "/" not in name, completes=[MODEL_FILE]
    )


def check_rescaled_copy(model: DepthModel, folder: str | os.PathLike) -> RescalableModel:
    """Checks that `save_rescaled` will be able to do its work; returns the model.

    Raises:
        FileExistsError: If the folder holds a model already.
        OSError: If it cannot be written.
        ValueError: If the model is an exported artefact.
    """
    if not isinstance(model, RescalableModel):
        raise ValueError(
            f"A {type(model).__name__} cannot be saved with a factor; bring the run folder that it "
            "was exported from to metres, and export that again"
        )
    for name in (MODEL_FILE, POSE_FILE):
        if (Path(folder) / name).exists():
            raise FileExistsError(
                f"The folder holds a {name} already; choose another one for the copy in metres "
                f"(`folder`). Received: '{folder}'"
            )
    check_writable_folder(named_path(folder, "folder"))
    return model
