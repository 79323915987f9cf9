"""The table of presets, and how each becomes a model."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from densedepth_tf.process.wording import did_you_mean

if TYPE_CHECKING:
    from densedepth_tf.models.densedepth.network import DenseDepth

DEFAULT_PRESET = "nyu_small"
FAMILY = "DenseDepth"  # Of all of them.
_OFFICIAL_PAGE = "https://github.com/ialhashim/DenseDepth"


@dataclasses.dataclass(frozen=True)
class Preset:
    """A trained model that has a name.

    Attributes:
        about: What it is, in a line.
        file: Its file's name, in this package or in the cache.
        addresses: Where it can be downloaded, tried in turn; none for a file of the package.
        size: About how many bytes it has.
        sha256: Its checksum, None where nobody has published one.
        page: Where people find it should the addresses be dead.
        depth_range: Smallest and largest depth in metres; None for a file that says it.
    """

    about: str
    file: str
    addresses: tuple[str, ...] = ()
    size: int = 0
    sha256: str | None = None
    page: str = ""
    depth_range: tuple[float, float] | None = None


def _official(name: str, drive_id: str, about: str, depth_range: tuple[float, float]) -> Preset:
    """The published weights; their author moved them from the second address to the first."""
    return Preset(
        about,
        file=f"{name}.h5",
        addresses=(
            f"https://drive.usercontent.google.com/download?id={drive_id}&export=download&confirm=t",
            f"https://s3-eu-west-1.amazonaws.com/densedepth/{name}.h5",
        ),
        size=165_000_000,
        page=_OFFICIAL_PAGE,
        depth_range=depth_range,
    )


PRESETS = {
    DEFAULT_PRESET: Preset(
        "MobileNetV2, 4.6 M parameters, trained on the labelled NYU Depth v2; rooms, 0.1-10 m",
        file="nyu_small.npz",
    ),
    "nyu": _official(
        "nyu",
        "19dfvGvDfCRYaqxVKypp1fRHwK7XtSjVu",
        "the official DenseNet-169 for NYU Depth v2, 42.8 M parameters; rooms, 0.1-10 m",
        (0.1, 10.0),
    ),
    "kitti": _official(
        "kitti",
        "19flUnbJ_6q2xtjuUQvjt1Y1cJRwOr-XY",
        "the official DenseNet-169 for KITTI, 42.8 M parameters; streets, 1-80 m",
        (1.0, 80.0),
    ),
    "rooms_small": Preset(
        "MobileNetV2, 4.6 M parameters, from rendered rooms alone, Apache-2.0; rooms, 0.1-10 m",
        file="rooms_small.npz",
    ),
}


def described(family: str) -> dict[str, dict[str, Any]]:
    """The presets of a family as KerasHub lists them: name to description and where it is from.

    Args:
        family: Name of the class.
    """
    if family != FAMILY:
        return {}
    return {
        name: {
            "description": preset.about,
            "downloaded": bool(preset.addresses),
            "bytes": preset.size if path is None else path.stat().st_size,
            "page": preset.page,
        }
        for name, preset in PRESETS.items()
        for path in [preset_path(name)]
    }


def load_preset(name: str) -> "DenseDepth":
    """Builds the model of a preset, in float32.

    Args:
        name: A key of `PRESETS`. Official weights are downloaded once, into Keras' cache.

    Raises:
        ValueError: If there is no such preset, or its file is damaged.
        OSError: If it cannot be downloaded; the message tells the manual way.
    """
    if name not in PRESETS:
        raise ValueError(
            f"Unknown preset. Known: {', '.join(PRESETS)}.{did_you_mean(name, PRESETS)} "
            f"Received: {name!r}"
        )
    preset, path = PRESETS[name], preset_path(name)
    if path is not None:
        from densedepth_tf.presets.preset_file import read_preset

        return read_preset(path)
    from densedepth_tf.models.densedepth.official_weights import load_h5
    from densedepth_tf.models.keras_model.precision import dtype_policy
    from densedepth_tf.presets.download import cached_download

    path = cached_download(
        preset.file,
        preset.addresses,
        preset.sha256,
        f"{preset.page} ({preset.size / 1e6:.0f} MB)",
        # Of another path than the cache's, NYU's range is assumed.
        says_all=preset.depth_range != (1.0, 80.0),
    )
    low, high = preset.depth_range or (None, None)
    with dtype_policy("float32"):
        return load_h5(path, low, high)


def preset_path(name: str) -> Path | None:
    """The file of a preset that is in this package; None for one to be downloaded."""
    preset = PRESETS[name]
    return None if preset.addresses else Path(__file__).parent / preset.file
