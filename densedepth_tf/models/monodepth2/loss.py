"""The Monodepth2 loss: how badly depth and motion explain an image by its neighbours."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
from keras import ops

from densedepth_tf.geometry.projection import coarser_intrinsics
from densedepth_tf.geometry.tensor import Tensor
from densedepth_tf.geometry.warping import warp
from densedepth_tf.models.image_range import as_float
from densedepth_tf.models.monodepth2.disparity_codec import DisparityCodec
from densedepth_tf.models.monodepth2.image_scales import enlarge, scale_factors, shrink
from densedepth_tf.models.monodepth2.photometric_error import photometric_error
from densedepth_tf.models.monodepth2.smoothness import edge_aware_smoothness

REPROJECTIONS = ("minimum", "average")
MASKS = ("auto", "predictive", "none")


class Monodepth2Terms(NamedTuple):
    """What the loss is made of.

    Attributes:
        total: float32 scalar, the mean over the scales.
        by_scale: float32 `(S,)`, the loss of each scale, smoothness and mask penalty included.
        photometric: float32 `(S,)`, the photometric part alone.
        warped: float32 `(N, F, H, W, 3)` in [0, 1], the target rebuilt from every source with
            the finest disparity.
        explained: float32 `(N, H, W)` at the finest scale: 1 where depth and motion explain the
            target better than standing still does, 0 where the auto-mask drops the pixel. All 1
            without auto-mask.
    """

    total: Tensor
    by_scale: Tensor
    photometric: Tensor
    warped: Tensor
    explained: Tensor


class _View(NamedTuple):
    """What the loss sees at one resolution."""

    target: Tensor
    sources: list[Tensor]
    intrinsics: Tensor
    still_errors: Tensor


@keras.saving.register_keras_serializable(package="densedepth_tf")
class Monodepth2Loss:
    """Photometric reprojection error and edge-aware smoothness (Godard et al. 2019, section 3).

    Mono, stereo and mono+stereo differ only in the sources: neighbours in time with the motion
    of a pose network, the other camera of a stereo pair with its known transform, or both. The
    defaults are the paper's full model; every option that differs is one of its ablations.

    Computes in float32 whatever the dtype policy. The state of the tie-breaking noise is
    `seed_generator.state`, which Keras saves with no model.

    Args:
        min_depth: Depth of disparity 1.
        max_depth: Depth of disparity 0.
        ssim_weight: Share of SSIM in the photometric error, L1 has the rest; 0 is L1 alone.
        smoothness_weight: Weight of the smoothness at full resolution; divided by 2 for every
            halving of the disparity map.
        reprojection: `"minimum"` over the sources at each pixel, or their `"average"`.
        mask: `"auto"` drops the pixels which the unwarped sources match better, those that do
            not move relative to the camera; `"predictive"` weighs each source's error by a map
            that a network predicts (Zhou et al. 2017, section 3.3); `"none"`.
        full_resolution: Compare coarse disparities at the images' size; else each scale at its
            own, with shrunken images.
        mask_weight: Weight of the cross-entropy that keeps predictive masks from becoming 0.
        tie_noise: Standard deviation of the noise on the unwarped sources' errors, which decides
            at random between equals; with 0 the pixel is dropped.
        seed: Of that noise; None takes one at random (`keras.utils.set_random_seed` decides it).
    """

    def __init__(
        self,
        min_depth: float = 0.1,
        max_depth: float = 100.0,
        ssim_weight: float = 0.85,
        smoothness_weight: float = 1e-3,
        reprojection: str = "minimum",
        mask: str = "auto",
        full_resolution: bool = True,
        mask_weight: float = 0.2,
        tie_noise: float = 1e-5,
        seed: int | None = None,
    ):
        if reprojection not in REPROJECTIONS or mask not in MASKS:
            raise ValueError(
                f"`reprojection` is one of {', '.join(REPROJECTIONS)} and `mask` one of "
                f"{', '.join(MASKS)}. Received: reprojection='{reprojection}', mask='{mask}'"
            )
        if not 0 <= ssim_weight <= 1:
            raise ValueError(f"`ssim_weight` is from 0 to 1. Received: {ssim_weight}")
        self.codec = DisparityCodec(min_depth, max_depth)
        self.ssim_weight = ssim_weight
        self.smoothness_weight = smoothness_weight
        self.reprojection = reprojection
        self.mask = mask
        self.full_resolution = full_resolution
        self.mask_weight = mask_weight
        self.tie_noise = tie_noise
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def __call__(self, *args: Tensor, **kwargs: Any) -> Tensor:
        """The total of `terms`, a float32 scalar; takes the same arguments."""
        return self.terms(*args, **kwargs).total

    def terms(
        self,
        target: Tensor,
        sources: Tensor,
        disparities: Sequence[Tensor],
        motions: Tensor,
        intrinsics: Tensor,
        masks: Sequence[Tensor] | None = None,
    ) -> Monodepth2Terms:
        """The loss and what it is made of. All sizes but N must be known.

        Args:
            target: `(N, H, W, 3)` uint8 or float in [0, 1], without colour jitter.
            sources: `(N, F, H, W, 3)`, likewise.
            disparities: One `(N, h, w, 1)` for each scale, sigmoid outputs in 0..1, the finest
                first; H and W are multiples of h and w by one factor.
            motions: `(N, F, 4, 4)`, each takes points of the target camera to that source.
            intrinsics: `(N, 3, 3)` in pixels of the target. At the original scales they are
                shrunk with the images; pass one for each scale to have others there.
            masks: With `mask="predictive"` one `(N, h, w, F)` in 0..1 for each scale.

        Raises:
            ValueError: If sizes do not fit, or masks are missing or not wanted.
        """
        target, sources = as_float(target), as_float(sources)
        if (self.mask == "predictive") != (masks is not None):
            raise ValueError(
                "`masks` belong to mask='predictive' and to nothing else. "
                f"Received: mask='{self.mask}' and {'no ' if masks is None else ''}masks"
            )
        view, losses, photometric, details = None, [], [], []
        for scale, factor in enumerate(scale_factors(target, disparities)):
            size = 1 if self.full_resolution else factor
            if view is None or not self.full_resolution:
                view = self._view(target, sources, _at_scale(intrinsics, scale, size), size)
            disparity = ops.cast(disparities[scale], "float32")
            depth = self.codec.to_depth(enlarge(disparity, factor // size))
            mask = None if masks is None else ops.cast(masks[scale], "float32")
            weights = None if masks is None else enlarge(mask, factor // size)
            error, *detail = self._explain(view, depth, motions, weights)
            details.append(detail)
            photometric.append(ops.mean(error))
            smoothness = edge_aware_smoothness(disparity, shrink(target, factor))
            loss = photometric[-1] + self.smoothness_weight / factor * smoothness
            if mask is not None:
                loss -= self.mask_weight * ops.mean(ops.log(ops.maximum(mask, 1e-7)))
            losses.append(loss)
        losses = ops.stack(losses)
        return Monodepth2Terms(ops.mean(losses), losses, ops.stack(photometric), *details[0])

    def _view(self, target: Tensor, sources: Tensor, intrinsics: Tensor, factor: int) -> _View:
        target = shrink(target, factor)
        frames = [shrink(sources[:, i], factor) for i in range(sources.shape[1])]
        still = None
        if self.mask == "auto":
            still = self._over_sources([self._error(frame, target) for frame in frames])
        return _View(target, frames, intrinsics, still)

    def _explain(
        self, view: _View, depth: Tensor, motions: Tensor, weights: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Each pixel's error `(N, h, w)`, the warped sources, and which pixels are explained."""
        warped = [
            warp(source, depth, motions[:, i], view.intrinsics)
            for i, source in enumerate(view.sources)
        ]
        errors = [self._error(image, view.target) for image in warped]
        if weights is not None:
            errors = [error * weights[..., i] for i, error in enumerate(errors)]
        error = self._over_sources(errors)
        still = view.still_errors
        if still is None:
            return error, ops.stack(warped, axis=1), ops.ones_like(error)
        if self.tie_noise:
            noise = keras.random.normal(ops.shape(still), seed=self.seed_generator)
            still = still + self.tie_noise * noise
        # Not `error < still`: an error that is no number has to show.
        explained = ops.logical_not(still <= error)
        return (
            ops.where(explained, error, still),
            ops.stack(warped, axis=1),
            ops.cast(explained, "float32"),
        )

    def _error(self, image: Tensor, target: Tensor) -> Tensor:
        return photometric_error(image, target, self.ssim_weight)

    def _over_sources(self, errors: list[Tensor]) -> Tensor:
        """One error for each pixel, `(N, h, w)`, out of one for each source."""
        errors = ops.stack(errors, axis=-1)
        if self.reprojection == "minimum":
            return ops.min(errors, axis=-1)
        return ops.mean(errors, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the same loss; plain values."""
        return {
            "min_depth": self.codec.min_depth,
            "max_depth": self.codec.max_depth,
            "ssim_weight": self.ssim_weight,
            "smoothness_weight": self.smoothness_weight,
            "reprojection": self.reprojection,
            "mask": self.mask,
            "full_resolution": self.full_resolution,
            "mask_weight": self.mask_weight,
            "tie_noise": self.tie_noise,
            "seed": self.seed,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Monodepth2Loss":
        """The loss of `get_config`'s arguments."""
        return cls(**config)


def _at_scale(intrinsics: Tensor, scale: int, factor: int) -> Tensor:
    """The given intrinsics of a scale, or those of the image shrunken by a factor."""
    if isinstance(intrinsics, list | tuple):
        return intrinsics[scale]
    return coarser_intrinsics(intrinsics, factor)
