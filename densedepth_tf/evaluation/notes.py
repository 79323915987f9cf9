"""What a reader of an evaluation's figures has to know besides them."""

import math

from densedepth_tf.evaluation.result import EvaluationResult, PixelCount
from densedepth_tf.process.wording import counted

# A common factor is pointed out beyond this ratio, and where it is most of the error.
NOTABLE_FACTOR = 1.5
NOTABLE_LENS = 1.02


def notes(result: EvaluationResult) -> list[str]:
    """Sentences on images known from training, missing predictions and a wrong scale, if any."""
    found = [_seen(result), _missing(result), _unlimited(result), _beyond(result)]
    found += [_lens(result), _scale(result)]
    return [note for note in found if note]


def seen_in_training(result: EvaluationResult) -> str:
    """`12 of which it was trained on`, that nobody knows, or nothing where it saw none of them."""
    overlap, number = result.overlap, result.num_images
    if _is_of_unknown_origin(result):
        return "training data unknown"
    if overlap.trained_on:
        which = "all" if overlap.trained_on == number else f"{overlap.trained_on}"
        return f"{which} of which it was trained on"
    if overlap.validated_on:
        which = "all" if overlap.validated_on == number else f"{overlap.validated_on}"
        return f"{which} of which chose its best epoch"
    return ""


def _is_of_unknown_origin(result: EvaluationResult) -> bool:
    # A model that was not loaded is its maker's affair.
    return result.overlap.origin == "unknown" and result.checkpoint is not None


def _seen(result: EvaluationResult) -> str | None:
    overlap, number = result.overlap, result.num_images
    if overlap.origin == "unknown":
        unknown = _is_of_unknown_origin(result)
        return "training data: unknown; these images may be among them" if unknown else None
    found = []
    if overlap.trained_on:
        only = f" ({overlap.neighbours} as neighbours of others)" if overlap.neighbours else ""
        found.append(
            f"trained on {overlap.trained_on} of these {number} images{only}: images it has never "
            "seen are predicted worse"
        )
    if overlap.validated_on:
        found.append(f"{overlap.validated_on} of these {number} images chose its best epoch")
    if overlap.unknown is not None:
        found.append(f"not all known, its weights began as those of {overlap.unknown}")
    return f"training data: {'; '.join(found)}" if found else None


def _places(count: PixelCount) -> str:
    return f"{counted(count.pixels, 'pixel')} in {counted(count.images, 'image')}"


def _missing(result: EvaluationResult) -> str | None:
    count, protocol = result.missing_predictions, result.protocol
    if not count.pixels:
        return None
    other = {"nearest": "exclude", "exclude": "nearest"}[protocol.missing_predictions]
    rule = {
        "nearest": f"count as {protocol.min_depth:g} m",
        "exclude": "do not count",
    }
    return (
        f"missing predictions: {_places(count)} "
        f"({result.share(count):.1%} of those with truth) {rule[protocol.missing_predictions]} "
        f"(`missing_predictions='{protocol.missing_predictions}'`; with {other} they "
        f"{rule[other]})"
    )


def _unlimited(result: EvaluationResult) -> str | None:
    count = result.unlimited_predictions
    if not count.pixels:
        return None
    return (
        f"infinite predictions: {_places(count)} "
        f"({result.share(count):.1%} of those with truth) count as the farthest truth of their "
        f"image, as protocol {result.protocol.name} has no largest depth; `max_depth` METRES "
        "sets one"
    )


def _beyond(result: EvaluationResult) -> str | None:
    count, protocol = result.truth_beyond_range, result.protocol
    if not count.pixels or result.relative:
        return None
    low, high = 0.0, math.inf
    if protocol.truth_beyond == "dropped":
        low, high = protocol.min_depth, protocol.max_depth or math.inf
    near, far = protocol.model_range or (low, high)
    counts = "They do not count"
    if near > low or far < high:
        counts = f"They count where protocol {protocol.name} says so, however wrong they must be"
    return (
        f"truth beyond the range: {result.share(count):.1%} of the truth ({_places(count)}) "
        f"lies outside the {max(low, near):g}..{min(high, far):g} m that "
        f"predictions can be. {counts}"
    )


def _lens(result: EvaluationResult) -> str | None:
    lens, protocol = result.lens, result.protocol
    if protocol.lens == "auto":
        if lens.factor is None:
            return "lens: not known of data and model both; metres are as predicted"
        others = result.num_images - lens.images
        rest = f"; {counted(others, 'image')} of unknown cameras as predicted" if others else ""
        return (
            f"lens: {counted(lens.images, 'image')} brought to their camera, depth x "
            f"{lens.factor:.3g} in the median{rest}"
        )
    if lens.factor is None or protocol.alignment != "none" or result.relative:
        return None
    if abs(math.log(lens.factor)) < math.log(NOTABLE_LENS):
        return None
    return (
        f"lens: ignored, as published figures do; the camera of {counted(lens.images, 'image')} "
        f"asks for depth x {lens.factor:.3g} (`lens='auto'`)"
    )


def _scale(result: EvaluationResult) -> str | None:
    if result.protocol.alignment != "none":
        return None
    factor, metrics = result.scale_to_truth, result.metrics["per_image"]
    off = abs(math.log(factor))
    if result.relative:
        return (
            f"relative depth: {result.model} knows depth up to a factor, so that of these figures "
            "only si_rmse_log and silog mean something; measure it with `alignment='median'`, "
            "as published figures are, or pass `protocol.scale`"
        )
    # Of the squared logarithmic error, the part that one factor explains.
    explained = off**2 / max(metrics["rmse_log"] ** 2, 1e-12)
    if off < math.log(NOTABLE_FACTOR) or explained < 0.5:
        return None
    return (
        f"scale: the truth is {factor:.3g} times the prediction. If the prediction is a relative "
        "depth, measure it with `alignment='median'`, as published figures of such depth are; if "
        "it is in another unit, pass `protocol.scale` or, for files, `scale`"
    )
