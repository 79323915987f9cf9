"""What became of a folder of depth maps."""

from dataclasses import dataclass, field


@dataclass
class WrittenDepth:
    """How many depth maps were written, and what could not be.

    Attributes:
        num_written: Depth maps.
        bad: What is wrong with each image or frame that was left out.
    """

    num_written: int = 0
    bad: list[str] = field(default_factory=list)
