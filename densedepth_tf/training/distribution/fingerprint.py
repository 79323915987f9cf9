"""What must be the same on all hosts of a training, and the sentence for what is not."""

import hashlib
import posixpath
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from densedepth_tf.data.source import RecordSource, Source
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.inference.outputs.output_files import checkpoint_identity
from densedepth_tf.training.distribution.cluster import Cluster
from densedepth_tf.training.option import declared, metadata_of, takes_several
from densedepth_tf.training.options import TrainingOptions
from densedepth_tf.training.weighted_names import weighted_names
from densedepth_tf.version import __version__

# Options that are a host's own: where it is, where its files are and what it remembers of them.
OWN = frozenset(
    (
        *("workers", "worker_index", "worker_timeout"),  # told as the cluster's addresses
        *("workdir", "overwrite", "keep_backup", "cache"),
    )
)
_LONGEST = 80
_OPENED = 3  # samples of every part, or shards
_HEAD = 2**16  # bytes of a shard


def settings_of(
    config: TrainingOptions, resume_with: list[str], cluster: Cluster
) -> dict[str, str]:
    """Versions and options; where files are may differ, what is in them is another matter."""
    kind = type(config)
    options = {
        name: str(getattr(config, name))
        for name in declared(kind)
        if name not in OWN and not metadata_of(kind, name)["reads"]
    }
    return {
        "version of densedepth-tf": __version__,
        "version of TensorFlow": tf.__version__,
        "version of Keras": keras.__version__,
        "version of Python": ".".join(map(str, sys.version_info[:2])),
        "list of hosts": ",".join(cluster.addresses),
        "option `model`": config.model,
        **{f"option `{name}`": value for name, value in options.items()},
        **_weights_of(config),
        "options of `resume_with`": ", ".join(sorted(resume_with)),
    }


def models_of(config: TrainingOptions) -> dict[str, str]:
    """What is in the files of models that are learnt from, wherever a host has them."""
    named = {f"teacher {number}": name for number, name in enumerate(config.teacher_names, 1)}
    if config.first_weights is not None:
        named = {"the model that weights are taken from": config.first_weights, **named}
    return {f"content of {what}": _content(name) for what, name in named.items()}


def data_of(sources: Mapping[str, Source[Any]]) -> dict[str, str]:
    """How many samples there are, what they are called and how some look, for every part."""
    told = {}
    for part, source in sources.items():
        told[f"number of {part} samples"] = str(len(source))
        if isinstance(source, RecordSource):
            for shard in source.shards:
                bytes_in_shard = tf.io.gfile.stat(shard).length
                told[f"size in bytes of shard '{_base(shard)}'"] = str(bytes_in_shard)
            for shard in source.shards[:: max(len(source.shards) // _OPENED, 1)][:_OPENED]:
                told[f"beginning of shard '{_base(shard)}'"] = _beginning(shard)
        elif (names := source.sample_names()) is not None:
            digest = hashlib.sha256()
            for name in names:
                digest.update(name.encode(errors="surrogateescape") + b"\0")
            told[f"digest of the {part} samples' names"] = digest.hexdigest()[:16]
            told.update(_looks(part, source))
    return told


def _weights_of(config: TrainingOptions) -> dict[str, str]:
    """How much each counts of what options name in several places."""
    kind = type(config)
    several = [
        name
        for name in declared(kind)
        if metadata_of(kind, name)["reads"] and takes_several(kind, name)
    ]
    told = {}
    for name in several:
        weights = [weight for _, weight in weighted_names(name, getattr(config, name))]
        told[f"weights in option `{name}`"] = ", ".join(f"{weight:g}" for weight in weights)
    return told


def _content(model: str) -> str:
    try:
        digest = checkpoint_identity(model)
    except (FileNotFoundError, ValueError):
        digest = ""
    # A name that no file has: `imagenet`, or what will be told of as it is loaded.
    return f"digest {digest[:16]}" if digest else f"'{model}', which is no file here"


def _beginning(shard: str) -> str:
    with tf.io.gfile.GFile(shard, "rb") as file:
        return f"digest {hashlib.sha256(file.read(_HEAD)).hexdigest()[:16]}"


def _looks(part: str, source: Source[Any]) -> Iterator[tuple[str, str]]:
    """Sizes and rounded means, as another release of a decoder may differ by a grey level."""
    for number, read in enumerate(source.spread_readers(_OPENED), 1):
        state = f"state of {part} sample {number} of {_OPENED}"
        try:
            sample = read()
        except BadSampleError:
            yield state, "cannot be read"
            continue
        yield state, "can be read"
        for name, values in sample.items():
            if isinstance(values, np.ndarray) and values.size:
                size = "x".join(map(str, values.shape))
                mean = f"{np.mean(values, dtype=np.float64):.2g}"
                yield f"`{name}` of {part} sample '{sample['name']}'", f"{size}, mean {mean}"


def check_same(cluster: Cluster, told: list[dict[str, Any]], what: str) -> None:
    """Checks that all hosts said the same; all of them come to the same verdict.

    Args:
        cluster: Who they are.
        told: What each of them said, by what it is about.
        what: What it is, for the message.

    Raises:
        ValueError: If one said something else than the first; the message says what.
    """
    for number, values in enumerate(told):
        for name in [*told[0], *(name for name in values if name not in told[0])]:
            ours, theirs = told[0].get(name), values.get(name)
            if ours != theirs:
                raise ValueError(
                    f"All hosts of a training need the same {what}; the {name} differs between "
                    f"{cluster.name(0)} and {cluster.name(number)}. Received: "
                    f"{_short(ours)} and {_short(theirs)}"
                )


def _base(path: str) -> str:
    return posixpath.basename(path.replace("\\", "/"))


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
