"""A run is a folder: what is in it, and when a command may go on with one that exists."""

import shutil
from pathlib import Path

import yaml

from densedepth_tf.atomic import write_text
from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.training.config import TrainingConfig
from densedepth_tf.writable_folder import check_writable_folder

# What does not change what is learned, or may grow from one start to the next.
MAY_DIFFER = {"workdir", "overwrite", "epochs", "strict", "cache"}


class RunFolder:
    """Paths inside `runs/<name>/`.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path):
        self.path = Path(path)
        self.config = self.path / "config.yaml"
        self.model = self.path / MODEL_FILE
        self.backup = self.path / "backup"
        self.logs = self.path / "logs"
        self.csv_log = self.logs / "epochs.csv"
        self.panels = self.path / "panels"
        self.curves = self.path / "curves.png"
        self.metrics = self.path / "metrics.json"

    def open(self, config: TrainingConfig) -> None:
        """Prepares the folder for a run, or for going on with the run that is in it.

        Raises:
            ValueError: If it holds a run with other options.
            OSError: If it cannot be written.
        """
        check_writable_folder(self.path)
        if config.overwrite:
            self._clear()
        if self.config.is_file():
            self._check_same(config)
        write_text(self.config, yaml.safe_dump(config.to_dict(), sort_keys=False))
        for folder in (self.backup, self.logs, self.panels):
            folder.mkdir(exist_ok=True)

    def _check_same(self, config: TrainingConfig) -> None:
        before = yaml.safe_load(self.config.read_text()) or {}
        now = config.to_dict()
        changed = [
            f"{key} was {before.get(key)}, is {now[key]}"
            for key in now
            if key not in MAY_DIFFER and before.get(key) != now[key]
        ]
        if changed:
            raise ValueError(
                f"The folder holds a run with other options ({'; '.join(changed[:4])}). Choose "
                f"another --workdir or pass --overwrite. Received: '{self.path}'"
            )

    def _clear(self) -> None:
        for file in (self.config, self.model, self.curves, self.metrics):
            file.unlink(missing_ok=True)
        for folder in (self.backup, self.logs, self.panels):
            shutil.rmtree(folder, ignore_errors=True)
