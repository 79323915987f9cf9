"""The flag for how much of a GPU's memory a command may take."""

import argparse
from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from densedepth_tf.commands.arguments.number_arguments import number
from densedepth_tf.commands.shell.common_flags import ProcessAction
from densedepth_tf.process.gpu_memory import set_gpu_memory

GPU_MEMORY = "--gpu-memory"
_gigabytes = number(0.1, 10_000, what="takes gigabytes")


class _GpuMemory(ProcessAction):
    """Sets the process's limit."""

    @override
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        try:
            set_gpu_memory(_gigabytes(str(values)))
        except argparse.ArgumentTypeError as error:
            parser.error(f"argument {GPU_MEMORY}: {error}")


def add_gpu_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds `--gpu-memory`, which TensorFlow's start goes by."""
    parser.add_argument(
        GPU_MEMORY,
        action=_GpuMemory,
        metavar="GB",
        help="most memory to take of each GPU; default: what is needed, growing",
    )
