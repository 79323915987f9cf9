"""Warnings of an actor, for the process that a user looks at."""

import threading
import warnings
from typing import TextIO


class KeptWarnings:
    """Keeps the texts of what is warned of inside, in all threads; a context manager."""

    def __init__(self) -> None:
        self._messages: list[str] = []
        self._lock = threading.Lock()

    def take(self) -> list[str]:
        """What was kept since it was last asked for."""
        with self._lock:
            messages, self._messages = self._messages, []
        return messages

    def __enter__(self) -> "KeptWarnings":
        self._context = warnings.catch_warnings()
        self._context.__enter__()
        warnings.simplefilter("default", UserWarning)
        warnings.showwarning = self._keep
        return self

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(None, None, None)

    def _keep(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, UserWarning):
            with self._lock:
                self._messages.append(str(message))
