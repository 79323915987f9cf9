"""What an actor makes sure of on its node before it works: that all is as where it was started."""

import contextlib
import hashlib
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from densedepth_tf.checkpoints import is_preset
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import RecordSource, Source
from densedepth_tf.files.outputs.output_place import BucketPlace, OutputPlace
from densedepth_tf.files.workspace import Workspace
from densedepth_tf.inference.image_sources import ImageFile
from densedepth_tf.inference.outputs.output_files import checkpoint_identity
from densedepth_tf.process.wording import counted
from densedepth_tf.version import __version__

AnySource = TypeVar("AnySource", bound=Source[Sample])


def check_version(version: str) -> None:
    """Raises OSError if the package is another version here than where the work was started."""
    if version != __version__:
        raise OSError(
            f"densedepth-tf is {__version__} on node {socket.gethostname()} of the cluster and "
            f"{version} where this was started; install one version"
        )


def check_checkpoint(checkpoint: str, identity: str) -> None:
    """Raises OSError if a checkpoint is another one here than where the work was started.

    Args:
        checkpoint: Its path or address. Presets belong to the package, whose version is checked.
        identity: What `checkpoint_identity` says of it where the work was started.
    """
    if is_preset(checkpoint):
        return
    found = checkpoint_identity(checkpoint)
    if found != identity:
        what = "another one" if found else "missing"
        raise OSError(
            f"The checkpoint '{checkpoint}' is {what} on node {socket.gethostname()} of the "
            "cluster, which needs the same one on all of its nodes"
        )


def check_input(file: ImageFile) -> None:
    """Raises OSError if there is no such folder here as the one that an image is read from."""
    if file.here is not None and not file.here.parent.is_dir():
        raise OSError(
            f"There is no folder '{file.here.parent}' on node {socket.gethostname()} of the "
            "cluster, which needs inputs where all of its nodes find them"
        )


@dataclass(frozen=True)
class SharedOutput:
    """Where actors write.

    Attributes:
        title: The output folder, absolute, or its address in a bucket.
        marker: A file in the folder, by which a node knows that it sees the same folder; None for
            a bucket.
    """

    title: str
    marker: Path | None

    def check(self) -> None:
        """Raises OSError if the output folder is another one on this machine."""
        if self.marker is not None and not self.marker.exists():
            raise OSError(
                f"The output folder '{self.title}' is not the same on node {socket.gethostname()}: "
                "a cluster needs inputs and outputs where all of its nodes find them"
            )

    def open(self) -> OutputPlace:
        """The place on this node, of which only a part is written here.

        Raises:
            OSError: If the output folder is another one on this machine.
            ImportError: If the package for the bucket is not installed here.
        """
        self.check()
        if self.marker is None:
            return BucketPlace(self.title, lists=False)
        return OutputPlace(Path(self.title))


@contextlib.contextmanager
def shared_output(title: str) -> Iterator[SharedOutput]:
    """A folder that is there, or an address in a bucket, for actors inside the `with` block."""
    if "://" in title:
        yield SharedOutput(title, None)
        return
    with Workspace(title) as marker:
        yield SharedOutput(title, marker)


@dataclass(frozen=True)
class SharedSource(Generic[AnySource]):
    """A source as actors open it again.

    Attributes:
        opens: Opens it; a function of a module.
        num_samples: How many samples it has where the work was started.
        content: What `content_of` says of it there; "" for whatever there is.
        folder: What relative paths begin at, where a node has it.
        version: Of the package that asks.
    """

    opens: Callable[[], AnySource]
    num_samples: int
    content: str = ""
    folder: str = field(default_factory=os.getcwd)
    version: str = __version__

    def open(self) -> AnySource:
        """Opens the source on this node.

        Raises:
            OSError: If the package is another version here, or the source cannot be opened or has
                other samples.
        """
        check_version(self.version)
        with contextlib.suppress(OSError):
            os.chdir(self.folder)
        node = socket.gethostname()
        try:
            source = self.opens()
        except (OSError, ValueError, ImportError) as error:
            raise OSError(f"On node {node} of the cluster: {error}") from error
        if len(source) != self.num_samples:
            raise OSError(
                f"'{source.title}' has {counted(len(source), 'sample')} on node {node} of the "
                f"cluster and {self.num_samples} where this was started; a cluster needs the same "
                "data on all of its nodes"
            )
        if self.content and content_of(source) != self.content:
            raise OSError(
                f"'{source.title}' has other samples on node {node} of the cluster than where this "
                "was started, by their names or the sizes of their shards; a cluster needs the "
                "same data on all of its nodes"
            )
        return source


def shared_source(opens: Callable[[], AnySource], source: AnySource) -> SharedSource[AnySource]:
    """A source that was opened here, as actors open it again."""
    return SharedSource(opens, len(source), content_of(source))


def content_of(source: Source[Any]) -> str:
    """A digest of what the samples are called, of records of their shards' sizes; "" of others."""
    if isinstance(source, RecordSource):
        here = [shard for shard in source.shards if "://" not in shard]
        told = [f"{os.path.basename(shard)} {os.path.getsize(shard)}" for shard in here]
    else:
        told = list(source.sample_names() or ())
    if not told:
        return ""
    digest = hashlib.sha256()
    for each in told:
        digest.update(each.encode(errors="surrogateescape") + b"\0")
    return digest.hexdigest()[:32]
