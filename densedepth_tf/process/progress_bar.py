"""Progress with the time that is left: a bar in a terminal, now and then a line in a log."""

import sys
from typing import Any

from tqdm import tqdm
from typing_extensions import override

from densedepth_tf.process.log_level import tells

SECONDS_BETWEEN_LINES = 30.0


class ProgressBar(tqdm):
    """A `tqdm` for people and for log files.

    A bar rewrites its line with carriage returns, which makes one endless line of a log. Where the
    output is no terminal, a whole line is written every half minute instead, and none of work that
    is done by then. `--quiet` hides both.

    Args:
        *args: As of `tqdm`.
        disable: True for no progress at all.
        **kwargs: As of `tqdm`.
    """

    # Until it is made: Ctrl-C may come in the middle of that, and then it is closed.
    disable: bool = True
    _in_log = False

    def __init__(self, *args: Any, disable: bool = False, **kwargs: Any):
        stream = kwargs.get("file") or sys.stderr
        self._in_log = not (hasattr(stream, "isatty") and stream.isatty())
        if self._in_log:
            kwargs |= {"mininterval": SECONDS_BETWEEN_LINES, "maxinterval": SECONDS_BETWEEN_LINES}
            kwargs |= {"miniters": 1, "delay": SECONDS_BETWEEN_LINES, "dynamic_ncols": False}
        super().__init__(*args, disable=disable or not tells("info"), **kwargs)

    @override
    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        if not self._in_log:
            return bool(super().display(msg, pos))
        if msg != "":  # With which a bar is wiped out.
            self.fp.write(f"{msg or self}\n")
            self.fp.flush()
        return True

    @override
    def clear(self, *args: Any, **kwargs: Any) -> None:
        if not self._in_log:
            super().clear(*args, **kwargs)

    @override
    def close(self) -> None:
        if self._in_log and not self.disable:
            self.disable = True  # Without the last line, which whoever ends the work writes.
            self._decr_instances(self)
        else:
            super().close()
