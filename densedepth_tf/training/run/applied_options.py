"""Which of a run's options acted: what a reader of its card has to know, and nothing else."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

# Where things are and how a run is kept; and what cards tell in sentences of their own.
LEFT_OUT = frozenset(
    (
        *("workdir", "overwrite", "keep_backup", "strict", "cache", "data_dir"),
        *("model", "dataset", "min_depth", "max_depth"),
        *("workers", "worker_index", "worker_timeout"),
    )
)
# Values by which an option does nothing; None always is one.
OFF: dict[str, Any] = {
    **dict.fromkeys(
        (
            "flip",
            "channel_swap",
            "color",
            "rotation",
            "jitter",
            "blur",
            "color_jitter",
            "camera_turn",
        ),
        0,
    ),
    **dict.fromkeys(("ema", "early_stopping", "holdout_every", "mixup", "relative_weight"), 0),
    **dict.fromkeys(("weight_decay", "warmup_epochs", "dropout", "static_shift"), 0),
    **dict.fromkeys(("ssim_weight", "smoothness_weight"), 0),
    **dict.fromkeys(("scale_crop", "gradient_accumulation", "every"), 1),
    "strategy": "none",
    "xla": "auto",
    "sync_batch_norm": False,
    "teacher_frame": "none",
    "teach_metres": False,
}
# Options that act only where others have certain values.
NEEDS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "encoder_weights": lambda run: not run.get("start_from"),
    "weight_decay": lambda run: run.get("optimizer") == "adamw",
    "epsilon": lambda run: run.get("optimizer") != "sgd",
    "epsilon_place": lambda run: run.get("optimizer") != "sgd",
    "warmup_epochs": lambda run: run.get("schedule") == "cosine",
    "teacher_weight": lambda run: run.get("teacher"),
    "mixup": lambda run: run.get("teacher"),
    "teacher_frame": lambda run: run.get("teacher") or run.get("pseudo_labels"),
    "teach_metres": lambda run: run.get("teacher") and run.get("extra_data"),
    "holdout_block": lambda run: run.get("holdout_every"),
    "frame_step": lambda run: run.get("supervision") != "stereo",
    "pose_encoder": lambda run: run.get("supervision") != "stereo",
    # One neighbour alone is the minimum and the average.
    "reprojection": lambda run: run.get("supervision") != "stereo",
    "intrinsics_size": lambda run: run.get("intrinsics"),
    "every": lambda run: run.get("dataset") == "sequence",
}


def applied_options(options: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The options that made a difference to what was learned, in their order.

    Args:
        options: A run's options.
        names: Those that its kind of model has.

    Returns:
        Name to value; of files and folders their last part, as paths tell of somebody's computer.
    """
    return {
        name: _told(options[name])
        for name in names
        if name in options
        and name not in LEFT_OUT
        and options[name] is not None
        and (name not in OFF or options[name] != OFF[name])
        and (name not in NEEDS or NEEDS[name](options))
    }


def _told(value: object) -> object:
    """Of paths their last part, those of a list in one line."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return ", ".join(Path(one).name for one in value)
    return Path(value).name if isinstance(value, str) else value
