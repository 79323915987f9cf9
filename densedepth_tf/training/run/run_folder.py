"""A run is a folder: what is in it, and when a command may go on with one that exists."""

import contextlib
import shlex
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import yaml

from densedepth_tf.checkpoints import MODEL_FILE
from densedepth_tf.data.seen_samples import SAMPLES_FILE
from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.claims import claim
from densedepth_tf.files.outputs.input_safety import InputSafety
from densedepth_tf.files.workspace import remove_leftovers
from densedepth_tf.files.writable_folder import check_writable_folder
from densedepth_tf.files.yaml_file import read_yaml
from densedepth_tf.training.families import FAMILIES
from densedepth_tf.training.option import declared, is_fixed, metadata_of, takes_several
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.run.backup import can_go_on, newest_state, stopped_early
from densedepth_tf.training.run.changed_options import check_changes
from densedepth_tf.training.run.epoch_log import EPOCH, read_log, write_log
from densedepth_tf.training.run.evaluations import EVALUATIONS_FILE
from densedepth_tf.training.run.model_card import CARD_FILE
from densedepth_tf.training.run.notes import NOTES_FILE
from densedepth_tf.training.run.run_record import RECORD_FILE
from densedepth_tf.training.weighted_names import weighted_names

# What does not change what is learned, or may grow from one start to the next.
MAY_DIFFER = {
    *("workdir", "overwrite", "strict", "cache", "keep_backup"),
    *("workers", "worker_index", "worker_timeout"),
}
# What a run did before these could be chosen; other options that a run does not name had the
# default of today.
BEFORE = {"epsilon": 1e-7, "epsilon_place": "before"}
# Schedules whose shape depends on the number of epochs.
SHAPED = ("cosine", "step")


class RunFolder:
    """Paths inside `runs/<name>/`.

    Args:
        path: The folder.
        address: Where it belongs if it is the copy of one in a bucket.
        upload: What brings it there.

    Attributes:
        title: What it is called.
        upload: As given.
    """

    def __init__(
        self,
        path: Path,
        address: str | None = None,
        upload: Callable[[], None] | None = None,
    ):
        self.path = Path(path)
        self.title = address or str(path)
        self._address = address
        self.upload = upload
        self.config = self.path / "config.yaml"
        self.model = self.path / MODEL_FILE
        self.backup = self.path / "backup"
        self.logs = self.path / "logs"
        self.csv_log = self.logs / "epochs.csv"
        self.notes = self.logs / NOTES_FILE
        self.record = self.logs / RECORD_FILE
        self.panels = self.path / "panels"
        self.curves = self.path / "curves.png"
        self.metrics = self.path / "metrics.json"
        self.evaluations = self.path / EVALUATIONS_FILE
        self.card = self.path / CARD_FILE
        self.samples = self.path / SAMPLES_FILE

    def is_own(self, name: str) -> bool:
        """Whether trainings write a file of this name, which is relative to the folder."""
        first, separator, _ = name.partition("/")
        place = self.path / first
        return place in ((self.backup, self.logs, self.panels) if separator else self._files())

    def how_to_go_on(self) -> str:
        """The command that does, after an interruption."""
        if self._address is None:
            return f"train.py --config {shlex.quote(str(self.config))}"
        return "the same command"

    def claim(self) -> contextlib.AbstractContextManager[None]:
        """Keeps a second training out of the folder, see `claims.claim`."""
        return claim(self.path, [self.backup.name])

    def check(self, config: TrainingOptions, resume_with: Collection[str] = ()) -> None:
        """Finds out whether a run may start or go on here, and changes nothing.

        Args:
            config: The run's options.
            resume_with: Those of them that may be others than the run in the folder had.

        Raises:
            ValueError: If it holds a run with other options, or what the run is to read.
            OSError: If it cannot be written.
        """
        self._keep_inputs_safe(config)
        check_writable_folder(self.path)
        if resume_with and (config.overwrite or not (self._holds_run() or self.config.is_file())):
            reason = "`overwrite=True` begins anew" if config.overwrite else "there is no run"
            raise ValueError(
                f"`resume_with` goes on with the run of a folder, but {reason}; leave one out or "
                f"pass its `workdir`. Received: '{self.title}'"
            )
        if self._holds_run() and not config.overwrite:
            check_changes(config, resume_with)
            self._check_same(config, resume_with)
            self._check_can_go_on(config)

    def finished_epochs(self, config: TrainingOptions) -> int:
        """After how many epochs a run of `config` goes on here."""
        newest = None if config.overwrite else newest_state(self.backup)
        return int(newest.name.removeprefix("epoch-")) if newest else 0

    def prepare(self, config: TrainingOptions) -> None:
        """Makes the folder ready for a run, or for going on with the run that is in it."""
        if config.overwrite and self._holds_run():
            self._clear()
        for folder in (self.path, self.backup, self.logs, self.panels):
            remove_leftovers(folder)
        # A configuration that is passed to --config again must not discard the run.
        # Nor must it make every host the first one.
        options = {**config.to_dict(), "overwrite": False, "worker_index": None}
        if self._address is not None:
            options["workdir"] = self._address
        write_text(self.config, yaml.safe_dump(options, sort_keys=False))
        for folder in (self.backup, self.logs, self.panels):
            folder.mkdir(exist_ok=True)

    def forget_after(self, epoch: int) -> None:
        """Drops rows of the log that a run killed before its backup will write again.

        Args:
            epoch: Number of finished epochs.
        """
        rows = [row for row in read_log(self.csv_log) if int(row[EPOCH]) <= epoch]
        if rows:
            write_log(self.csv_log, rows)
        else:
            self.csv_log.unlink(missing_ok=True)

    def _keep_inputs_safe(self, config: TrainingOptions) -> None:
        """Training writes to the folder, and `overwrite` empties it."""
        written = InputSafety([self.path, *self._files(), self.backup, self.logs, self.panels])
        for name in declared(type(config)):
            if not metadata_of(type(config), name)["reads"]:
                continue
            for given in _named(config, name):
                if not (path := Path(given)).exists():
                    continue
                # Data may lie below the run's folder, but not below what is emptied.
                above = path.resolve().parents if config.overwrite else ()
                above = [place for place in above if place != self.path.resolve()]
                if any(written.replaced_by(place) for place in (path, *above)):
                    raise ValueError(
                        f"`workdir` would write to what `{name}` reads; choose another one. "
                        f"Received: `workdir='{self.path}'` and `{name}='{given}'`"
                    )

    def _files(self) -> tuple[Path, ...]:
        return (
            *(*self._models(), self.config, self.curves),
            *(self.metrics, self.evaluations, self.card, self.samples),
        )

    def _models(self) -> list[Path]:
        """Where models of any family are: another one's run may be in the folder."""
        names = (name for family in FAMILIES.values() for name in family.options.model_files)
        return [self.path / name for name in dict.fromkeys(names)]

    def _holds_run(self) -> bool:
        """Whether there is anything to lose; a run that stopped in its first epoch left nothing."""
        models = any(file.is_file() for file in self._models())
        return models or any(self.backup.glob("epoch-*"))

    def changes(self, config: TrainingOptions, names: Collection[str]) -> list[str]:
        """Which of these options the run in the folder had other values of: "x was 1, is 2"."""
        if not self.config.is_file():
            return []
        before, now = self._read_config(type(config)), config.to_dict()
        return [
            f"{key} was {before[key]}, is {now[key]}"
            for key in now
            if key in names and key in before and before[key] != now[key]
        ]

    def _check_same(self, config: TrainingOptions, resume_with: Collection[str]) -> None:
        before = self._read_config(type(config))
        now = config.to_dict()
        may_differ = MAY_DIFFER if config.schedule in SHAPED else {*MAY_DIFFER, "epochs"}
        may_differ = {*may_differ, *resume_with}
        other = [
            key
            for key in now
            if key not in may_differ and key in before and before[key] != now[key]
        ]
        if other:
            changed = self.changes(config, other)
            # Where all of them may change, that is what was meant.
            fixed = any(is_fixed(type(config), key) for key in other)
            on_purpose = "" if fixed else "go on with `resume_with`, "
            raise ValueError(
                f"The folder holds a run with other options ({'; '.join(changed[:4])}). Pass "
                f"what it was, {on_purpose}choose another `workdir` or pass `overwrite=True`. "
                f"Received: '{self.title}'"
            )

    def _check_can_go_on(self, config: TrainingOptions) -> None:
        """More epochs need the state of the last one, which finished runs do not keep."""
        state, finished = newest_state(self.backup), self.finished_epochs(config)
        if state is None or can_go_on(state) or finished >= config.epochs or stopped_early(state):
            return
        further = (
            f"train its model further with `start_from='{self.title}'`, "
            f"`epochs={config.epochs - finished}` and another `workdir`, or train "
            if "start_from" in declared(type(config))
            else "train "
        )
        raise ValueError(
            f"The run has finished after {finished} epochs and kept no backup to go on from: "
            f"{further}again with `overwrite=True` and `keep_backup=True`. Received: "
            f"`epochs={config.epochs}`, '{self.title}'"
        )

    def _read_config(self, kind: type[TrainingOptions]) -> dict[str, Any]:
        """Options of the run in the folder, those included that did not exist yet."""
        try:
            options = read_yaml(self.config)
            if options.get("model") in FAMILIES:
                kind = FAMILIES[options["model"]].options
            defaults = {name: field.default for name, field in declared(kind).items()}
            return {**defaults, **BEFORE, **options}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(
                f"The folder holds a run, but its {self.config.name} is missing or damaged. Choose "
                f"another `workdir` or pass `overwrite=True`. Received: '{self.config}'"
            ) from error

    def _clear(self) -> None:
        for file in self._files():
            file.unlink(missing_ok=True)
        for folder in (self.backup, self.logs, self.panels):
            shutil.rmtree(folder, ignore_errors=True)


def _named(config: TrainingOptions, name: str) -> list[str]:
    """The files and folders that an option names."""
    given = getattr(config, name)
    if takes_several(type(config), name):
        names = [each.name for each in weighted_names(name, given)]
        # `DATASET=PATH` names a path, too.
        return [*names, *(path for each in names if (path := each.partition("=")[2]))]
    return [given] if given else []
