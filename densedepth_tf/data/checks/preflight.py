"""Looking at frames before learning from them: does the camera move, fast enough, and is K right?

Learning from one's own video fails for a few reasons that can be seen beforehand: a camera that
stands still or turns on the spot, a frame rate at which neighbours look the same or have nothing in
common, and wrong intrinsics.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from densedepth_tf.data.checks.camera_check import SeenCamera, camera_warnings
from densedepth_tf.data.checks.frame_strip import strip_warnings
from densedepth_tf.data.checks.image_motion import Motion
from densedepth_tf.data.checks.motion_check import (
    STATIC_SHIFT,
    spare_fast_frames,
    state_of,
    stretches,
)
from densedepth_tf.data.checks.spread import spread_targets
from densedepth_tf.data.checks.static_frames import neighbour_motions
from densedepth_tf.data.checks.stereo_check import stereo_warnings
from densedepth_tf.data.sequences.frame_sequence import FrameSequence
from densedepth_tf.data.sequences.frame_state import FrameState
from densedepth_tf.data.sequences.frame_targets import FrameTargets, Target
from densedepth_tf.data.sequences.sequence_source import STEREO, FrameOffset, SequenceSource
from densedepth_tf.files.bad_sample import BadSampleError
from densedepth_tf.geometry.cameras.intrinsics import horizontal_fov
from densedepth_tf.process.wording import counted

# Median shifts of moving frames, as shares of the longer side. KITTI at 10 frames/s: 0.015.
SLOW_SHIFT, GOOD_SHIFT, FAST_SHIFT = 0.004, 0.0125, 0.1
MANY_STATIC, MANY_TURNING, MUCH_UNMOVED = 0.2, 0.2, 0.6
# Where fewer frames than this share show depth, there is nothing to learn from.
FEW_USEFUL = 0.05
_BAD_SHOWN = 10
# Stereo pairs that are looked at where neighbours in time alone are asked for.
_PAIRS = 20


class Verdict(Enum):
    """What to do with the data."""

    READY = "ready to learn from"
    MEND = "mend what the warnings name first"
    UNUSABLE = "no depth can be learned from it"


@dataclass
class Preflight:
    """What `preflight` found.

    Attributes:
        title: The data.
        num_sequences: Videos, drives or folders.
        num_frames: Frames in all.
        num_usable: Frames that have all their neighbours.
        num_read: Frames that were looked at, with their neighbours.
        image_sizes: How many of them have each (height, width).
        num_gaps: How many times frames are missing inside sequences.
        frame_rate: Frames per second of the first sequence; None if unknown.
        intrinsics: float32 (3, 3) of the first frame looked at, pixels.
        first_size: (height, width) of that frame.
        baseline: Metres between the stereo cameras; None without stereo.
        num_poses: Frames with a known pose.
        static_share: Share of frames without motion (`static_frames`).
        turning_share: Share of frames from which the camera only turned (`turning`).
        num_cuts: Frames that have nothing in common with a neighbour.
        stretches: Where the camera stands still or only turns.
        unmoved_share: Median share of pixels that auto-masking would leave out.
        median_shift: Median shift of the moving frames, as a share of the longer side.
        bad: What is wrong with frames that cannot be used.
        warnings: What to mend before training, in words.
    """

    title: str
    num_sequences: int
    num_frames: int
    num_usable: int
    num_read: int = 0
    num_gaps: int = 0
    image_sizes: dict[tuple[int, int], int] = field(default_factory=dict)
    frame_rate: float | None = None
    intrinsics: np.ndarray | None = None
    first_size: tuple[int, int] | None = None
    baseline: float | None = None
    num_poses: int = 0
    static_share: float = 0.0
    turning_share: float = 0.0
    num_cuts: int = 0
    stretches: list[str] = field(default_factory=list)
    unmoved_share: float = 0.0
    median_shift: float = 0.0
    bad: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        """Unusable if next to no frame shows depth; else whether there are warnings."""
        if self.static_share + self.turning_share > 1 - FEW_USEFUL:
            return Verdict.UNUSABLE
        return Verdict.MEND if self.warnings or self.bad else Verdict.READY

    def report(self) -> str:
        """The findings as lines of text."""
        sizes = ", ".join(f"{h}x{w} ({count})" for (h, w), count in self.image_sizes.items())
        apart = "none" if self.baseline is None else f"{self.baseline:.3f} m apart"
        rate = "unknown rate" if self.frame_rate is None else f"{self.frame_rate:g} frames/s"
        lines = [
            f"frames         {self.title}: {self.num_frames} in "
            f"{counted(self.num_sequences, 'sequence')}, "
            f"{rate}; {self.num_usable} with all neighbours, {self.num_read} looked at",
            f"gaps, cuts     {counted(self.num_gaps, 'gap')} in numbering, "
            f"{counted(self.num_cuts, 'frame')} at cuts",
            f"sizes (HxW)    {sizes}",
            f"camera         {self._camera()}",
            f"stereo, poses  {apart}, {counted(self.num_poses, 'pose')}",
            f"static         {self.static_share:.1%} of the frames",
            f"turning        {self.turning_share:.1%} of the frames (no parallax)",
            f"motion         {self.median_shift:.2%} of the longer side from frame to frame",
            f"unmoved        {self.unmoved_share:.1%} of the textured pixels (auto-masking)",
            f"bad frames     {len(self.bad)}",
        ]
        lines += [f"  {message}" for message in self.bad[:_BAD_SHOWN]]
        if len(self.bad) > _BAD_SHOWN:
            lines.append(f"  and {len(self.bad) - _BAD_SHOWN} more")
        lines += [f"stretch        {stretch}" for stretch in self.stretches]
        lines += [f"warning: {warning}" for warning in self.warnings]
        return "\n".join([*lines, f"verdict        {self.verdict.value}"])

    def _camera(self) -> str:
        if self.intrinsics is None or self.first_size is None:
            return "unknown"
        (fx, _, cx), (_, fy, cy), _ = self.intrinsics.tolist()
        across = horizontal_fov(self.intrinsics, self.first_size)
        return f"fx {fx:.1f}, fy {fy:.1f}, cx {cx:.1f}, cy {cy:.1f}: {across:.1f} degrees across"


def preflight(
    frames: FrameTargets,
    frame_offsets: tuple[FrameOffset, ...] = (-1, 1),
    num_frames: int = 200,
    progress: bool = True,
) -> Preflight:
    """Looks at frames spread over the data, with their neighbours: at every sequence.

    Args:
        frames: The frames.
        frame_offsets: Neighbours that training will ask for.
        num_frames: How many to look at, but one of every sequence at least; 0 for all.
        progress: Show a bar where the output is a terminal.

    Raises:
        ValueError: If no frame has all neighbours, or not one can be read.
    """
    if num_frames < 0:
        raise ValueError(f"The number of frames must not be negative. Received: {num_frames}")
    source = SequenceSource(frames, frame_offsets)
    chosen = spread_targets(source, num_frames)
    sequences = frames.sequences()
    found = Preflight(
        frames.title,
        len(sequences),
        len(frames.targets),
        len(source),
        len(chosen),
        num_gaps=sum(sequence.num_gaps() for sequence in sequences),
        frame_rate=sequences[0].frame_rate,
        num_poses=sum(len(sequence.poses) for sequence in sequences),
    )
    transform = sequences[0].stereo_transform
    if transform is not None:
        found.baseline = float(np.linalg.norm(transform[:3, 3]))
    motions = neighbour_motions(source, chosen, progress, turns=True)
    cameras = _look_at_images(found, chosen)
    if found.intrinsics is None:
        raise ValueError(f"Not one frame of {frames.title} can be used: {found.bad[0]}")
    shifts = [max(motion.shift for motion in near) for near in motions if near]
    if shifts:
        _judge(found, chosen, motions)
        found.unmoved_share = float(
            np.median([min(motion.unmoved for motion in near) for near in motions if near])
        )
        moving = [shift for shift in shifts if shift >= STATIC_SHIFT]
        found.median_shift = float(np.median(moving)) if moving else 0.0
    found.warnings = [
        *(warning for sequence in sequences for warning in sequence.warnings),
        *_neighbour_warnings(found, source, sequences),
        *strip_warnings(chosen),
        *_motion_warnings(found, bool(shifts)),
        *camera_warnings(cameras),
    ]
    if len(found.image_sizes) > 1:
        found.warnings.append("frames come in several sizes; training resizes them to one.")
    if STEREO in frame_offsets:
        bad_pairs, said = stereo_warnings(chosen)
        found.bad += bad_pairs
    else:
        # Swapped cameras have each other's calibration, whoever learns from them.
        pairs = [target for target in chosen if target.sequence.has_stereo(target.number)]
        _, said = stereo_warnings(pairs[:: max(1, len(pairs) // _PAIRS)])
    found.warnings += said
    return found


def _judge(found: Preflight, chosen: list[Target], motions: list[list[Motion]]) -> None:
    judged = [(t, near) for t, near in zip(chosen, motions, strict=True) if near]
    states = spare_fast_frames([state_of(near) for _, near in judged])
    found.static_share = states.count(FrameState.STATIC) / len(states)
    found.turning_share = states.count(FrameState.TURNING) / len(states)
    found.num_cuts = states.count(FrameState.CUT)
    found.stretches = stretches([target for target, _ in judged], states)


def _neighbour_warnings(
    found: Preflight, source: SequenceSource, sequences: list[FrameSequence]
) -> list[str]:
    said = []
    if found.num_gaps:
        where = next(sequence.name for sequence in sequences if sequence.num_gaps())
        more = " and others" if sum(s.num_gaps() > 0 for s in sequences) > 1 else ""
        said.append(
            f"frames are missing in {found.num_gaps} places ({where}{more}): the frames on either "
            "side are not neighbours of each other and are left out."
        )
    there = {id(target.sequence) for target in source.targets}
    lonely = [sequence.name for sequence in sequences if id(sequence) not in there]
    if lonely:
        more = f" and {len(lonely) - 1} more" if len(lonely) > 1 else ""
        said.append(
            f"no frame of {lonely[0]}{more} has all its neighbours: nothing is read from it."
        )
    if found.num_cuts:
        said.append(
            f"{found.num_cuts} of {found.num_read} frames have nothing in common with a neighbour: "
            "cuts. Training leaves them out, and so does `preflight --keep FILE`."
        )
    return said


def _look_at_images(found: Preflight, chosen: list[Target]) -> dict[str, SeenCamera]:
    """Reads the images; gives the camera of the first good one of each sequence."""
    cameras: dict[str, SeenCamera] = {}
    sizes: Counter[tuple[int, int]] = Counter()
    for target in chosen:
        try:
            size = target.sequence.read_image(target.number).shape[:2]
            intrinsics = target.sequence.intrinsics(size)
        except BadSampleError as error:
            found.bad.append(str(error))
            continue
        sizes[size] += 1
        seen = SeenCamera(size, intrinsics, target.sequence.pixel_aspect)
        cameras.setdefault(target.sequence.title, seen)
        if found.intrinsics is None:
            found.intrinsics, found.first_size = intrinsics, size
    found.image_sizes = dict(sizes.most_common())
    return cameras


def _motion_warnings(found: Preflight, judged: bool) -> list[str]:
    if not judged:
        return []
    said = []
    if found.static_share > MANY_STATIC:
        said.append(
            f"the camera stands still in {found.static_share:.0%} of the frames: nothing can be "
            "learned from them; leave them out (`preflight --keep FILE` writes a list of the "
            "others)."
        )
    if found.turning_share > MANY_TURNING:
        said.append(
            f"the camera only turns in {found.turning_share:.0%} of the frames: a rotation "
            "explains all that moves there, and without parallax there is no depth. Walk while "
            "filming, or leave them out (`preflight --keep FILE`)."
        )
    if 0 < found.median_shift < SLOW_SHIFT:
        step = round(GOOD_SHIFT / found.median_shift)
        said.append(
            f"neighbours hardly differ (shift {found.median_shift:.2%}): the frame rate is too "
            f"high or the camera too slow. Take neighbours {step} frames away "
            f"(`frame_step={step}`)."
        )
    if found.median_shift > FAST_SHIFT:
        said.append(
            f"neighbours have little in common (shift {found.median_shift:.0%}): the frame rate "
            "is too low, or these are cuts."
        )
    if found.unmoved_share > MUCH_UNMOVED:
        said.append(
            f"{found.unmoved_share:.0%} of the image does not change with motion: a camera "
            "that stands still, something fixed to it, or no texture."
        )
    return said
