"""The published choices of each system."""

from typing import Any

# What options of `TrainingConfig` that are None become.
DEFAULTS: dict[str, dict[str, Any]] = {
    "densedepth": {
        "encoder": "densenet169",
        "max_depth": 10.0,
        "dataset": "rooms",
        "image_size": "480x640",
        "batch_size": 8,
        "channel_swap": 0.25,
        "scale_crop": 1.0,
        "color": 0.0,
        "rotation": 0.0,
        "optimizer": "amsgrad",
        "epsilon": 1e-7,
        "epsilon_place": "before",
        "learning_rate": 1e-4,
        "schedule": "plateau",
    },
    "monodepth2": {
        "encoder": "resnet18",
        "max_depth": 100.0,
        "dataset": "sequence",
        "image_size": "192x640",
        "batch_size": 12,
        "channel_swap": 0.0,
        "scale_crop": 1.0,
        "color": 0.0,
        "rotation": 0.0,
        "optimizer": "adam",
        "epsilon": 1e-8,
        "epsilon_place": "after",
        "learning_rate": 1e-4,
        "schedule": "step",
    },
    "eigen": {
        "max_depth": 10.0,
        "dataset": "rooms",
        "image_size": "228x304",
        "batch_size": 32,
        "channel_swap": 0.0,
        "scale_crop": 1.5,
        "color": 0.2,
        "rotation": 5.0,
        "optimizer": "sgd",
        "epsilon": 1e-7,
        "epsilon_place": "before",
        "learning_rate": 1e-3,
        "schedule": "constant",
    },
}
