"""HDR frames -> the range and colours of ordinary images, which networks are trained on.

Signal to light as ITU-R BT.2100-2 tells (table 4 for PQ, table 5 for HLG, on a display of 1000
cd/m2), with diffuse white at 203 cd/m2 (BT.2408-7, table 1); BT.2020's primaries become BT.709's
(BT.2087-0). Light up to 60 % of diffuse white stays as it is; what is brighter is pressed together
below the brightest value there is.
"""

import functools

import cv2
import numpy as np

# Transfer characteristics by their numbers in ITU-T H.273.
HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
_WHITE = 203.0  # cd/m2 of diffuse white
_HLG_PEAK, _HLG_GAMMA = 1000.0, 1.2
_KNEE = 0.6  # of diffuse white
_BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
_LUMINANCE = np.array([[0.2627, 0.6780, 0.0593]], np.float32)  # of BT.2020
_INPUT_BITS = 10
_STEPS = 4096  # of tables over light
_BRIGHTEST = 10_000.0 / _WHITE


def tone_map(signal: np.ndarray, transfer: int) -> np.ndarray:
    """An HDR image as it would look on an ordinary display.

    Args:
        signal: uint16 (H, W, 3), RGB of BT.2020's primaries, the whole range.
        transfer: A key of `HDR_TRANSFERS`.

    Returns:
        uint8 (H, W, 3), RGB of BT.709's primaries.
    """
    light = np.take(_light_of(transfer), signal >> (16 - _INPUT_BITS))
    if HDR_TRANSFERS[transfer] == "HLG":
        # The display's part: it makes bright scenes brighter, by their luminance.
        scene = cv2.transform(light, _LUMINANCE) * np.float32(_STEPS - 1)
        light *= np.take(_gain_of_display(), scene.astype(np.uint16))[..., np.newaxis]
    light = cv2.transform(light, _BT2020_TO_BT709)
    index = np.sqrt(np.clip(light, 0, _BRIGHTEST) / _BRIGHTEST) * (_STEPS - 1)
    return np.take(_output(), (index + 0.5).astype(np.uint16))


@functools.cache
def _light_of(transfer: int) -> np.ndarray:
    """Light by signal: in units of diffuse white for PQ, of the scene's brightest for HLG."""
    signal = np.linspace(0, 1, 2**_INPUT_BITS)
    if HDR_TRANSFERS[transfer] == "PQ":
        m1, m2 = 2610 / 16384, 2523 / 4096 * 128
        c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
        root = signal ** (1 / m2)
        light = 10_000 / _WHITE * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return light.astype(np.float32)


@functools.cache
def _gain_of_display() -> np.ndarray:
    """What an HLG display multiplies the scene's light by, by its luminance."""
    scene = (np.arange(_STEPS) + 0.5) / _STEPS
    return (_HLG_PEAK / _WHITE * scene ** (_HLG_GAMMA - 1)).astype(np.float32)


@functools.cache
def _output() -> np.ndarray:
    """uint8 by the square root of light: the knee, then the sRGB curve."""
    light = np.linspace(0, 1, _STEPS) ** 2 * _BRIGHTEST
    over = np.maximum(light - _KNEE, 0)
    light = np.minimum(light, _KNEE) + (1 - _KNEE) * (1 - np.exp(-over / (1 - _KNEE)))
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * encoded).round().astype(np.uint8)
