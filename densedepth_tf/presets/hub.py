"""Presets on the Hugging Face Hub: `hf://USER/NAME`, fetched and published by huggingface_hub."""

import re
from pathlib import Path
from types import ModuleType

from densedepth_tf.presets.preset_folder import FILES, is_preset_folder
from densedepth_tf.process.optional_package import require

HUB = "hf://"
_ADDRESS = re.compile(r"hf://([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?")


def fetch(address: str) -> Path:
    """The folder of a preset on the Hub, in its own cache; downloaded where it is not there yet.

    Args:
        address: `hf://USER/NAME`, or `hf://USER/NAME@REVISION`.

    Raises:
        ImportError: If huggingface_hub is not installed.
        ValueError: If the address is none.
        OSError: If the Hub does not answer or has no such preset.
    """
    name, revision = _parse(address)
    hub, errors = _library()
    try:
        # Its own files alone: whatever else is there is neither fetched nor run.
        folder = hub.snapshot_download(name, revision=revision, allow_patterns=list(FILES))
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, ValueError) as error:
        raise _unreachable(address, error) from error
    return Path(folder)


def publish(folder: Path, address: str, private: bool = False) -> str:
    """Uploads a preset's folder, as one commit; the repository is made where there is none.

    Args:
        folder: Of `save_to_preset`.
        address: `hf://USER/NAME`.
        private: For a repository that is made.

    Returns:
        Where it can be looked at.

    Raises:
        ImportError: If huggingface_hub is not installed.
        FileNotFoundError: If the folder is no preset.
        ValueError: If the address is none.
        OSError: If the Hub does not answer, or refuses.
    """
    name, revision = _parse(address)
    if not is_preset_folder(folder):
        raise FileNotFoundError(
            f"`folder` is one that model.save_to_preset(folder) wrote. Received: '{folder}'"
        )
    hub, errors = _library()
    client = hub.HfApi()
    try:
        client.create_repo(name, private=private, exist_ok=True)
        client.upload_folder(
            repo_id=name,
            folder_path=folder,
            revision=revision,
            allow_patterns=list(FILES),
            commit_message=f"Upload {Path(folder).name}",
        )
    except (errors.HfHubHTTPError, ValueError) as error:
        raise _unreachable(address, error) from error
    return f"{client.endpoint}/{name}"


def _library() -> tuple[ModuleType, ModuleType]:
    """huggingface_hub and what it raises."""
    what = "A preset on the Hugging Face Hub"
    return require("huggingface_hub", what, "hub"), require("huggingface_hub.errors", what, "hub")


def _parse(address: str) -> tuple[str, str | None]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(f"An address on the Hub is hf://USER/NAME. Received: '{address}'")
    return found[1], found[2]


def _unreachable(address: str, error: Exception) -> OSError:
    reason = " ".join(str(error).split())[:300]
    return OSError(f"The Hub did not do it ({reason}). Received: '{address}'")
