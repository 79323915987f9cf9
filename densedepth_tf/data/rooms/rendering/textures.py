"""Procedural, tileable textures: wood, tiles, wallpaper, fabric, and pictures that fill a face.

A texel holds the shares of three palette colours (premultiplied by its brightness), so one
texture serves rooms of any colour: colour = palette.T @ texel. Textures that are pictures hold
linear RGB and are used with the identity palette.
"""

import functools
from collections.abc import Callable

import numpy as np

SIZE = 256

Y, X = (np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) + 0.5) / SIZE

TEXTURES: dict[str, Callable[[], np.ndarray]] = {}


def texture(function: Callable[[], np.ndarray]) -> Callable[[], np.ndarray]:
    """Enters a function, which draws float32 (SIZE, SIZE, 3), into the table under its name."""
    TEXTURES[function.__name__.strip("_")] = function
    return function


@functools.cache
def noise(
    seed: int, exponent: float = 1.0, stretch_x: float = 1.0, lowest: float = 1.0
) -> np.ndarray:
    """Periodic noise of unit variance with a 1/f^exponent spectrum; stretched along x."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(random.standard_normal((SIZE, SIZE)))
    frequency = np.hypot(
        np.fft.fftfreq(SIZE, 1 / SIZE)[:, None],
        np.fft.rfftfreq(SIZE, 1 / SIZE)[None] * stretch_x,
    )
    spectrum *= np.where(frequency < lowest, 0, np.maximum(frequency, 1e-6) ** -exponent)
    field = np.fft.irfft2(spectrum, (SIZE, SIZE))
    return (field / field.std()).astype(np.float32)


def blend(
    mix: np.ndarray | float, value: np.ndarray | float = 1.0, accent: np.ndarray | float = 0.0
) -> np.ndarray:
    """(1 - mix) of the first colour, mix of the second; accent replaces both by the third."""
    mix = np.clip(mix, 0, 1) + np.zeros_like(X)
    accent = np.clip(accent, 0, 1) + np.zeros_like(X)
    value = np.clip(value, 0, 1)
    shares = [(1 - mix) * (1 - accent), mix * (1 - accent), accent]
    return np.stack([share * value for share in shares], -1)


def cells(cell_ids: np.ndarray, seed: int) -> np.ndarray:
    """One random number in [0, 1) for every integer id."""
    table = np.random.default_rng(seed).random(int(cell_ids.max()) + 1, dtype=np.float32)
    return table[cell_ids.astype(np.int32)]


def line(coordinate: np.ndarray, count: int, width: float) -> np.ndarray:
    """1 on `count` lines per repetition, `width` of a cell wide."""
    return (np.abs(coordinate * count % 1.0 - 0.5) > 0.5 - width / 2).astype(np.float32)


@texture
def plain() -> np.ndarray:
    return blend(0.05 * noise(1, 1.0), 0.97 + 0.015 * noise(2, 0.3))


@texture
def paint() -> np.ndarray:
    return blend(0.3 + 0.16 * noise(3, 1.4), 0.95 + 0.02 * noise(4, 0.2))


@texture
def plaster() -> np.ndarray:
    relief = noise(5, 0.8, lowest=6)
    return blend(0.4 + 0.25 * noise(3, 1.5), 0.88 + 0.06 * (relief - np.roll(relief, 1, 0)))


@texture
def stripes() -> np.ndarray:
    wide = (X * 4 % 1 < 0.5).astype(np.float32)
    return blend(wide, 0.96 + 0.02 * noise(4, 0.2), line(X, 8, 0.09))


@texture
def pinstripes() -> np.ndarray:
    return blend(line(X, 12, 0.3), 0.96 + 0.02 * noise(6, 0.3), line(X + 0.04, 4, 0.1))


@texture
def damask() -> np.ndarray:
    a = np.cos(2 * np.pi * 4 * X) + np.cos(2 * np.pi * 4 * Y)
    b = np.cos(2 * np.pi * 4 * (X + Y)) * np.cos(2 * np.pi * 4 * (X - Y))
    c = np.cos(2 * np.pi * 12 * X) * np.cos(2 * np.pi * 8 * Y)
    return blend(1 / (1 + np.exp(-6 * (a * 0.7 + b + 0.5 * c))), 0.97, 0.6 * (b * a > 1.4))


@texture
def diamonds() -> np.ndarray:
    d = np.abs((X * 6 + Y * 6) % 1 - 0.5) + np.abs((X * 6 - Y * 6) % 1 - 0.5)
    return blend(d < 0.42, 0.97 + 0.02 * noise(4, 0.2), d > 0.9)


@texture
def dots() -> np.ndarray:
    row = np.floor(Y * 8)
    d = np.hypot((X * 8 + 0.5 * (row % 2)) % 1 - 0.5, Y * 8 % 1 - 0.5)
    return blend(d < 0.22, 0.97, cells(row * 8 + np.floor(X * 8), 9) * (d < 0.1))


def _courses(
    rows: int, columns: int, gap: float, seed: int, shift: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    row = np.floor(Y * rows)
    x = (X + shift * (row % 2) / columns) % 1
    joint = np.maximum(line(Y, rows, gap * rows / columns), line(x, columns, gap))
    return cells(row * columns + np.floor(x * columns), seed), joint


@texture
def bricks() -> np.ndarray:
    brick, joint = _courses(12, 4, 0.05, 11)
    return blend(brick, 0.8 + 0.08 * noise(7, 0.5) + 0.12 * brick, joint)


@texture
def tiles() -> np.ndarray:
    tile, joint = _courses(4, 4, 0.035, 12, 0)
    return blend(0.5 * tile + 0.12 * noise(3, 1.4), 0.93 + 0.02 * noise(4, 0.2), joint)


@texture
def checker() -> np.ndarray:
    parity = (np.floor(X * 4) + np.floor(Y * 4)) % 2
    tile, joint = _courses(4, 4, 0.03, 13, 0)
    return blend(parity + 0.06 * noise(8, 1.2), 0.85 + 0.12 * tile, joint)


@texture
def mosaic() -> np.ndarray:
    tile, joint = _courses(16, 16, 0.12, 14, 0)
    return blend(tile, 0.92 + 0.03 * noise(4, 0.2), joint)


def _planks(rows: int, columns: int, seed: int) -> np.ndarray:
    row = np.floor(Y * rows)
    offsets = np.random.default_rng(seed).random(rows)
    x = (X + offsets[row.astype(int)]) % 1
    plank = cells(row * columns + np.floor(x * columns), seed + 1)
    gap = np.maximum(line(Y, rows, 0.07), line(x, columns, 0.012))
    grain = np.take_along_axis(
        noise(15, 0.9, 12.0), (plank * 255 + X * SIZE).astype(int) % SIZE, axis=1
    )
    return blend(0.7 * plank + 0.16 * grain, 0.86 + 0.05 * grain + 0.1 * plank, 0.8 * gap)


@texture
def planks() -> np.ndarray:
    return _planks(10, 1, 16)


@texture
def wide_planks() -> np.ndarray:
    return _planks(6, 1, 18)


@texture
def parquet() -> np.ndarray:
    block = (np.floor(X * 4) + np.floor(Y * 4)) % 2
    across = np.where(block > 0, X, Y)
    strip = np.floor(across * 16) + 16 * (np.floor(X * 4) + 4 * np.floor(Y * 4))
    grain = np.where(block > 0, noise(15, 0.9, 12.0).T, noise(15, 0.9, 12.0))
    joint = np.maximum(line(across, 16, 0.1), line(X, 4, 0.03) + line(Y, 4, 0.03))
    return blend(0.6 * cells(strip, 20) + 0.2 * grain, 0.9 + 0.06 * grain, 0.7 * joint)


@texture
def grain() -> np.ndarray:
    fine = noise(21, 1.0, 14.0)
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (5 * Y + 0.35 * noise(22, 1.8, 4.0)))
    return blend(0.25 * rings + 0.18 * fine + 0.3, 0.93 + 0.04 * fine)


@texture
def carpet() -> np.ndarray:
    return blend(0.45 + 0.3 * noise(23, 0.25), 0.82 + 0.1 * noise(24, 0.1))


@texture
def weave() -> np.ndarray:
    over = np.sin(2 * np.pi * 40 * X) * np.sin(2 * np.pi * 40 * Y)
    return blend(0.4 + 0.3 * over + 0.1 * noise(3, 1.3), 0.88 + 0.08 * over)


@texture
def plaid() -> np.ndarray:
    bands = 0.5 * (np.sin(2 * np.pi * 4 * X) > 0.2) + 0.5 * (np.sin(2 * np.pi * 4 * Y) > 0.2)
    thin = np.maximum(line(X, 4, 0.07), line(Y, 4, 0.07))
    return blend(bands, 0.9 + 0.03 * noise(24, 0.1), 0.8 * thin)


@texture
def marble() -> np.ndarray:
    vein = np.abs(np.sin(np.pi * (2 * X + 2 * Y + 0.5 * noise(25, 2.0))))
    return blend(0.3 * noise(3, 1.4) + 0.2, 0.97, 0.7 * np.exp(-14 * vein))


@texture
def granite() -> np.ndarray:
    speckle = noise(26, 0.3)
    return blend(speckle > 0.6, 0.9 + 0.08 * noise(8, 1.2), speckle < -1.2)


@texture
def leaves() -> np.ndarray:
    return blend(0.5 + 0.5 * noise(27, 0.8, lowest=5), 0.65 + 0.3 * noise(28, 0.7, lowest=4))


@texture
def folds() -> np.ndarray:
    wave = np.sin(2 * np.pi * (9 * X + 0.25 * np.sin(4 * np.pi * X)))
    return blend(0.3 + 0.2 * wave, 0.72 + 0.26 * wave, 0.0)


@texture
def ribs() -> np.ndarray:
    return blend(0.3, 0.75 + 0.25 * np.sin(2 * np.pi * 14 * X))
