"""A trajectory seen from above, beside the true one."""

import os

from densedepth_tf.evaluation.odometry.odometry_result import OdometryResult
from densedepth_tf.files.atomic import atomic_path


def write_trajectory_plot(result: OdometryResult, path: str | os.PathLike) -> None:
    """Draws the true and the predicted way as a PNG: x to the right, z upwards, metres.

    The prediction as a whole is scaled to the truth; the title gives the 5-frame figures.

    Raises:
        OSError: If the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.subplots()
    for poses, label, style in ((result.true, "true", "k-"), (result.predicted, "predicted", "r-")):
        axes.plot(poses[:, 0, 3], poses[:, 2, 3], style, label=label, linewidth=1.2)
    axes.plot(0, 0, "ko", markersize=4)
    axes.set(
        title=f"{result.sequence}: {result.track_length}-frame ATE {result.ate:.4f} m",
        xlabel="x [m]",
        ylabel="z [m]",
    )
    axes.set_aspect("equal", adjustable="datalim")
    axes.grid(alpha=0.3)
    axes.legend()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110)
