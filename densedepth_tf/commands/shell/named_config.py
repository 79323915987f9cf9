"""Configurations that come with the package, found by their names from any folder."""

from importlib import resources
from pathlib import Path, PurePath

from densedepth_tf.files.bucket import is_bucket
from densedepth_tf.files.web_address import check_no_bucket
from densedepth_tf.process.wording import did_you_mean

SUFFIX = ".yaml"


def find_config(given: str, room: str = "") -> Path:
    """The file that `--config` means: a path, else one of the package's own.

    Args:
        given: A path, an address in a bucket, or a name as `nyu_small`, with or without folder and
            suffix.
        room: The folder of the package's configurations that is looked into.

    Returns:
        A path; that of a file if there is one, of one in a bucket that of a copy.

    Raises:
        FileNotFoundError: If there is none; the message lists the names.
        ImportError, OSError, ValueError: If it is in a bucket and cannot be read.
    """
    if is_bucket(given):
        from densedepth_tf.files.local_copy import on_this_machine

        return Path(on_this_machine(given))
    check_no_bucket(given, "config")
    path = Path(given)
    if path.exists():
        return path
    known = named_configs(room)
    name = PurePath(given).name.removesuffix(SUFFIX)
    if name in known:
        return known[name]
    raise FileNotFoundError(
        f"No such configuration: --config is a YAML file, or one of {', '.join(known)}."
        f"{did_you_mean(name, known)} Received: '{given}'"
    )


def named_configs(room: str = "") -> dict[str, Path]:
    """The package's own configurations by name."""
    folder = Path(str(resources.files("densedepth_tf"))) / "configs" / room
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}"))}
