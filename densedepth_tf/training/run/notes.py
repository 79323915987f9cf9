"""What a training noticed about itself, for its log, its model card and the study."""

import json
from pathlib import Path

from densedepth_tf.files.atomic import write_text
from densedepth_tf.process.wording import tell

NOTES_FILE = "notes.json"
# The topic of validations that told nothing.
CONSTANT = "constant predictions"
# The topic of trainings whose frames show no motion.
STANDING = "nothing to learn from"
# The topic of trainings that went on under other options.
RESUMED_WITH = "resumed with"
# The topic of trainings that ended by themselves.
EARLY_STOPPING = "early stopping"


def note(path: Path, topic: str, text: str, kind: str = "info") -> None:
    """Prints a note, unless it is known already, and keeps it in place of the topic's last one.

    Args:
        path: The file of notes.
        topic: What it is about.
        text: The note.
        kind: As of `tell`: "warning" for what is wrong.

    Raises:
        OSError: If the file cannot be written.
    """
    notes = read_notes(path)
    if notes.get(topic) == text:
        return
    tell(f"{topic}: {text}", kind)
    write_text(path, json.dumps({**notes, topic: text}, indent=2) + "\n")


def read_notes(path: Path) -> dict[str, str]:
    """The notes by topic; none where there is no file, or a damaged one."""
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(notes, dict):
        return {}
    return {str(topic): str(text) for topic, text in notes.items()}
