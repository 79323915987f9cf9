"""The flags of `predict.py` that bring relative depth to metres."""

import argparse
import re
import sys
from typing import TYPE_CHECKING

from densedepth_tf.commands.shell.flag_names import with_flags

if TYPE_CHECKING:
    from densedepth_tf.inference.metres.fit_metric_scale import MetricScaleOptions
    from densedepth_tf.inference.metres.metric_scale import MetricScale

_NUMBER = r"(\d+\.?\d*|\.\d+)"
_HEIGHT = re.compile(f"height={_NUMBER}")
_KNOWN = re.compile(f"{_NUMBER},{_NUMBER}={_NUMBER}")


def add_metric_scale_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the flags that `metric_scale_options` reads."""
    group = parser.add_argument_group(
        "metres",
        "A model that learnt from one moving camera knows depth up to a factor. Something known "
        "in metres gives the factor, for this prediction and for good.",
    )
    group.add_argument(
        "--calibrate",
        type=known_length,
        nargs="+",
        metavar="KNOWN",
        help="height=1.65: metres of the camera above flat ground in view, with the camera's "
        "flags; or two or more 320,410=2.5: column, row and metres along the camera's axis, of "
        "one image",
    )
    group.add_argument(
        "--calibrate-on",
        nargs="+",
        default=[],
        metavar="PATH",
        help="images to calibrate on, for a height also videos; default: --input",
    )
    group.add_argument(
        "--save-calibrated",
        metavar="DIR",
        help="keep the calibrated model, and its pose network, in this folder: a checkpoint for "
        "every command",
    )


def known_length(text: str) -> tuple[float, ...]:
    """Parses `height=METRES` to one number, `COLUMN,ROW=METRES` to three.

    Raises:
        argparse.ArgumentTypeError: If the text is neither, or the metres are 0.
    """
    match = _HEIGHT.fullmatch(text) or _KNOWN.fullmatch(text)
    if not match or not 0 < float(match.groups()[-1]) <= 1e6:
        raise argparse.ArgumentTypeError(
            "what is known is height=METRES or COLUMN,ROW=METRES, above 0 m, e.g. height=1.65 or "
            f"320,410=2.5. Received: '{text[:100]}'"
        )
    return tuple(float(number) for number in match.groups())


def metric_scale_options(options: argparse.Namespace, program: str) -> "MetricScaleOptions | None":
    """What the flags say; None if depth stays as it is.

    Raises:
        ValueError: If they contradict each other.
    """
    if options.calibrate is None:
        for flag in ("calibrate_on", "save_calibrated"):
            if getattr(options, flag):
                raise ValueError(f"--{flag.replace('_', '-')} needs --calibrate")
        return None
    from densedepth_tf.inference.metres.fit_metric_scale import MetricScaleOptions
    from densedepth_tf.inference.metres.metric_scale import KnownDepth

    heights = [known[0] for known in options.calibrate if len(known) == 1]
    if len(heights) > 1:
        raise ValueError("--calibrate takes one height")

    def tell(fitted: "MetricScale") -> None:
        print(f"Depth x {fitted.factor:.4g}: {fitted.description}", flush=True)
        for warning in fitted.warnings:
            print(f"{program}: warning: {with_flags(warning)}", file=sys.stderr)

    return MetricScaleOptions(
        height=heights[0] if heights else None,
        known=tuple(KnownDepth(*known) for known in options.calibrate if len(known) == 3),
        images=options.calibrate_on,
        save_to=options.save_calibrated,
        on_fitted=tell,
    )
