"""What the training of a checkpoint has seen, wherever its weights have gone since."""

import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from densedepth_tf.checkpoints import is_preset, local_checkpoint
from densedepth_tf.data.seen_samples import SAMPLES_FILE, SeenSamples, read_seen_samples


def find_seen_samples(checkpoint: str | os.PathLike) -> SeenSamples | None:
    """What a checkpoint's training has seen; None where nobody wrote it down.

    Args:
        checkpoint: A preset's name, a run folder or a model's file in it, or what was exported of
            either.

    Raises:
        ValueError: If there is a list but it is damaged.
        OSError: If it cannot be read.
    """
    if is_preset(checkpoint):
        listed = resources.files("densedepth_tf.presets") / f"{os.fspath(checkpoint)}_samples.csv"
        with resources.as_file(listed) as file:
            return read_seen_samples(file) if file.is_file() else None
    path = Path(local_checkpoint(checkpoint))
    for listed in (samples_file(path), path.parent / SAMPLES_FILE):
        if listed.is_file() and (listed.parent == path or path.is_file()):
            return read_seen_samples(listed)
    return None


def samples_file(checkpoint: Path) -> Path:
    """Where a checkpoint's own list lies: in its folder, or beside its file under its name."""
    if checkpoint.is_dir():
        return checkpoint / SAMPLES_FILE
    return checkpoint.with_suffix(f".{SAMPLES_FILE}")


def copy_seen_samples(checkpoints: str | os.PathLike | Sequence[str], made: Path) -> None:
    """Gives what was made of checkpoints their list, or none where nobody wrote one down.

    Args:
        checkpoints: Where the weights come from, one place or several.
        made: The file or folder that was made.

    Raises:
        ValueError: If there is a list but it is damaged.
        OSError: If it cannot be read or written.
    """
    several = [checkpoints] if isinstance(checkpoints, str | os.PathLike) else checkpoints
    lists = [find_seen_samples(each) for each in several]
    seen = SeenSamples()
    for each in lists:
        if each is not None:
            seen.add_all(each)
    if all(each is None for each in lists):
        samples_file(made).unlink(missing_ok=True)  # That of an earlier one of this name.
    else:
        seen.write(samples_file(made))
