"""Monodepth2 from photograph to depth and motion as its paper and its users tell it, in PyTorch.

Written from the facts, for comparison: nothing of the package is used. `python
tests/monodepth2_oracle.py` writes `golden/monodepth2_pipeline.npz`, so that the comparison is also
made where PyTorch is missing.
"""

from pathlib import Path

import numpy as np
from monodepth2_golden import golden_state_dict
from PIL import Image

GOLDEN = Path(__file__).parent / "golden"
# Sizes of photographs (height, width), and of the network they are stretched to.
CASES = {
    "kitti": ((375, 1242), (192, 640)),
    "photograph": ((360, 480), (192, 640)),
    "portrait": ((400, 300), (192, 640)),
    "smaller": ((90, 150), (96, 160)),
}
STEP = 7  # Every so many pixels are kept.


def photographs(size):
    """Two real pictures of a size, uint8: the golden frames, side by side and below each other."""
    arrays = np.load(GOLDEN / "monodepth2.npz")
    frames = [arrays[f"frame_{name}"][sample] for sample in (0, 1) for name in ("0", "1", "s")]
    frames = [np.round(frame * 255).astype(np.uint8) for frame in frames]
    rows = [np.concatenate(np.roll(frames, shift, 0).repeat(2, 0), axis=1) for shift in range(6)]
    mosaic = np.concatenate(rows, axis=0)
    height, width = size
    return mosaic[:height, :width], mosaic[40:, 25:][:height, :width]


def official_depth(torch, image, size):
    """Depth (H, W) in 0.1..100 of a uint8 photograph (H, W, 3)."""
    functional = torch.nn.functional
    disparity = _disparity(torch, _tensor(torch, image, size))
    whole = functional.interpolate(disparity, image.shape[:2], mode="bilinear", align_corners=False)
    return (1 / (1 / 100 + (1 / 0.1 - 1 / 100) * whole))[0, 0].numpy()


def official_motion(torch, first, second, size):
    """Axis-angle and translation from the first photograph's camera to the second's."""
    pair = torch.cat([_tensor(torch, image, size) for image in (first, second)], dim=1)
    x = _encode(torch, pair, _weights(torch, "pose_encoder"))[-1]
    weights = _weights(torch, "pose")
    for layer in range(3):
        x = _convolve(torch, x, weights, f"net.{layer}", padding=int(layer > 0)).relu()
    numbers = 0.01 * _convolve(torch, x, weights, "net.3").mean((2, 3))[0]
    return numbers[:3].numpy(), numbers[3:6].numpy()


def _tensor(torch, image, size):
    """A photograph as the loaders bring it to the network's size: stretched, with Lanczos."""
    picture = Image.fromarray(image).resize(size[::-1], Image.Resampling.LANCZOS)
    return torch.from_numpy(np.asarray(picture, np.float32) / 255).permute(2, 0, 1)[None]


def _weights(torch, part):
    return {name: torch.from_numpy(array) for name, array in golden_state_dict(part).items()}


def _convolve(torch, x, weights, name, **options):
    bias = weights.get(f"{name}.bias")
    return torch.nn.functional.conv2d(x, weights[f"{name}.weight"], bias, **options)


def _encode(torch, x, weights):
    """The five maps of a ResNet-18."""

    def normalise(x, name):
        values = ("running_mean", "running_var", "weight", "bias")
        return torch.nn.functional.batch_norm(x, *(weights[f"{name}.{each}"] for each in values))

    x = _convolve(torch, (x - 0.45) / 0.225, weights, "encoder.conv1", stride=2, padding=3)
    maps = [normalise(x, "encoder.bn1").relu()]
    x = torch.nn.functional.max_pool2d(maps[0], 3, 2, 1)
    for stage in range(1, 5):
        for block in range(2):
            name = f"encoder.layer{stage}.{block}"
            stride = 2 if stage > 1 and not block else 1
            y = _convolve(torch, x, weights, f"{name}.conv1", stride=stride, padding=1)
            y = normalise(y, f"{name}.bn1").relu()
            y = normalise(_convolve(torch, y, weights, f"{name}.conv2", padding=1), f"{name}.bn2")
            if stride == 2:
                x = _convolve(torch, x, weights, f"{name}.downsample.0", stride=2)
                x = normalise(x, f"{name}.downsample.1")
            x = (x + y).relu()
        maps.append(x)
    return maps


def _disparity(torch, image):
    """The finest map of the depth decoder, in 0..1."""
    functional = torch.nn.functional
    weights = _weights(torch, "depth")

    def block(x, name):
        padded = functional.pad(x, (1, 1, 1, 1), mode="reflect")
        return _convolve(torch, padded, weights, name)

    maps = _encode(torch, image, _weights(torch, "encoder"))
    x = maps[-1]
    for level in range(5):
        x = functional.elu(block(x, f"decoder.{2 * level}.conv.conv"))
        x = functional.interpolate(x, scale_factor=2, mode="nearest")
        if level < 4:
            x = torch.cat([x, maps[3 - level]], dim=1)
        x = functional.elu(block(x, f"decoder.{2 * level + 1}.conv.conv"))
    return block(x, "decoder.10.conv").sigmoid()


def main():
    import torch

    arrays = {}
    with torch.no_grad():
        for name, (size, network_size) in CASES.items():
            first, second = photographs(size)
            depth = official_depth(torch, first, network_size)
            arrays[f"{name}/depth"] = depth[::STEP, ::STEP].astype(np.float32)
            turn, translation = official_motion(torch, first, second, network_size)
            arrays[f"{name}/motion"] = np.concatenate([turn, translation]).astype(np.float32)
    np.savez_compressed(GOLDEN / "monodepth2_pipeline.npz", **arrays)


if __name__ == "__main__":
    main()
