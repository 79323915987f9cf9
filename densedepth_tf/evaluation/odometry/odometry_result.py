"""The figures of a predicted path."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class OdometryResult:
    """Figures of one sequence.

    Attributes:
        sequence: Its name.
        num_frames: Its frames.
        track_length: Frames of a snippet.
        ate: Mean over the snippets of `SnippetError.ate`, metres.
        ate_std: Their standard deviation.
        official_ate: Mean of `official_snippet_ates`, metres, to compare with published figures.
        official_ate_std: Their standard deviation.
        ate_rmse: Mean over the snippets of `SnippetError.rmse`, metres.
        ate_sim3: ATE of the whole trajectory, aligned with a scale, metres; see `aligned_ate`.
        ate_se3: The same without a scale, in metres as predicted.
        rpe_translation: See `relative_pose_error`, metres a frame.
        rpe_rotation: Degrees a frame.
        scale: Median of the snippets' fitted scales: metres per predicted unit; below 0 where
            the motion goes backwards.
        scale_std: Their standard deviation.
        backwards: Share of the snippets whose motion goes backwards, 0..1.
        predicted: (N, 4, 4) chained poses, scaled to the true ones as a whole.
        true: (N, 4, 4) true poses; the first is the identity in both.
    """

    sequence: str
    num_frames: int
    track_length: int
    ate: float
    ate_std: float
    official_ate: float
    official_ate_std: float
    ate_rmse: float
    ate_sim3: float
    ate_se3: float
    rpe_translation: float
    rpe_rotation: float
    scale: float
    scale_std: float
    backwards: float
    predicted: np.ndarray
    true: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        fields = dataclasses.asdict(self)
        del fields["predicted"], fields["true"]
        return fields

    def describe(self) -> str:
        """The figures as lines of text."""
        lines = [
            f"{self.sequence}: {self.num_frames} frames, {self.track_length}-frame ATE "
            f"{self.ate:.4f} +- {self.ate_std:.4f} m, rmse {self.ate_rmse:.4f} m, scale "
            f"{self.scale:.3g} +- {self.scale_std:.2g}, {self.backwards:.0%} backwards",
            f"  as the official script computes it: ATE {self.official_ate:.4f} +- "
            f"{self.official_ate_std:.4f} m",
            f"  whole trajectory: ATE {self.ate_sim3:.4f} m aligned with scale (Sim3), "
            f"{self.ate_se3:.4f} m without (SE3); RPE {self.rpe_translation:.4f} m and "
            f"{self.rpe_rotation:.4f} degrees a frame",
        ]
        if self.backwards > 0.5:
            lines.append(
                "warning: the predicted motion goes backwards, which the official ATE does not "
                "see; are its transforms inverted?"
            )
        return "\n".join(lines)
