"""Textures drawn to fill one face: doors, drawers, books, rugs, windows, pictures and screens.

Doors, drawers and rugs share out three palette colours as in `textures.py`; books, windows,
pictures and screens are linear RGB for the identity palette.
"""

import numpy as np

from densedepth_tf.data.rooms.rendering.textures import (
    SIZE,
    X,
    Y,
    blend,
    line,
    noise,
    texture,
)


def _inside(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return ((left < X) & (right > X) & (top < Y) & (bottom > Y)).astype(np.float32)


def _panel(left: float, top: float, right: float, bottom: float, edge: float = 0.012) -> np.ndarray:
    """Brightness of a recessed panel: dark groove above and left, light edge below and right."""
    groove = _inside(left, top, right, bottom) - _inside(
        left + edge, top + edge, right - edge, bottom - edge
    )
    lit = (X - left) / (right - left) + (Y - top) / (bottom - top) > 1
    return groove * np.where(lit, 0.12, -0.35)


@texture
def door() -> np.ndarray:
    value = 0.88 + 0.02 * noise(3, 1.2)
    for left, right in ((0.12, 0.46), (0.54, 0.88)):
        value = (
            value + _panel(left, 0.08, right, 0.42, 0.03) + _panel(left, 0.52, right, 0.92, 0.03)
        )
    return blend(0.4 * (1 - _inside(0.04, 0.02, 0.96, 1.1)), value)


@texture
def cupboard() -> np.ndarray:
    value = 0.9 + 0.02 * noise(21, 1.0, 8.0)
    for left, right in ((0.03, 0.485), (0.515, 0.97)):
        value = value + _panel(left, 0.03, right, 0.95)
        value = value + _panel(left + 0.08, 0.12, right - 0.08, 0.86)
    knobs = _inside(0.43, 0.44, 0.46, 0.56) + _inside(0.54, 0.44, 0.57, 0.56)
    return blend(0.3 * noise(21, 1.0, 14.0) + 0.2, value, knobs)


def _drawers(rows: int, columns: int) -> np.ndarray:
    value, knobs = 0.9 + 0.02 * noise(21, 1.0, 8.0), np.zeros_like(X)
    for row in range(rows):
        for column in range(columns):
            left, top = column / columns, row / rows
            right, bottom = left + 1 / columns, top + 1 / rows
            value = value + _panel(left + 0.02, top + 0.02, right - 0.02, bottom - 0.02)
            middle, height = (left + right) / 2, (top + bottom) / 2
            knobs += _inside(middle - 0.06, height - 0.015, middle + 0.06, height + 0.015)
    return blend(0.3 * noise(21, 1.0, 14.0) + 0.2, value, knobs)


@texture
def drawers() -> np.ndarray:
    return _drawers(3, 1)


@texture
def wide_drawers() -> np.ndarray:
    return _drawers(3, 2)


@texture
def rug() -> np.ndarray:
    u, v = np.abs(2 * X - 1), np.abs(2 * Y - 1)
    edge = np.maximum(u, v)
    border = ((edge > 0.82) & (edge < 0.94)).astype(np.float32)
    motif = np.cos(np.pi * 6 * u) * np.cos(np.pi * 6 * v) > 0.2
    medallion = (np.hypot(u, v) < 0.45) & (np.cos(8 * np.arctan2(Y - 0.5, X - 0.5)) > -0.3)
    mix = np.where(edge > 0.82, border * motif, np.where(medallion, 0.9, 0.25 * motif))
    return blend(mix + 0.08 * noise(24, 0.1), 0.9 + 0.05 * noise(23, 0.2), edge > 0.96)


@texture
def striped_rug() -> np.ndarray:
    bands = np.sin(2 * np.pi * (3 * X + np.floor(X * 7) * 0.37)) > 0
    accent = line(X, 7, 0.2) + (np.abs(2 * Y - 1) > 0.96)
    return blend(bands + 0.08 * noise(24, 0.1), 0.9 + 0.05 * noise(23, 0.2), accent)


def _books(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    picture = np.full((SIZE, SIZE, 3), 0.015, np.float32)
    left = 0
    while left < SIZE:
        width = int(random.integers(8, 20))
        top = int(random.integers(4, 70)) if random.random() < 0.93 else SIZE
        colour = random.random(3) ** 2 * 0.5 + random.random() * 0.25
        shade = 1 - 0.5 * np.abs(np.linspace(-1, 1, width)) ** 3
        picture[top:, left : left + width] = (shade[:, None] * colour)[: SIZE - left]
        band = top + int(random.integers(15, 60))
        picture[band : band + 12, left + 2 : left + width - 2] = random.random(3) ** 1.5
        left += width
    return picture


@texture
def books() -> np.ndarray:
    return _books(31)


@texture
def more_books() -> np.ndarray:
    return _books(32)


@texture
def few_books() -> np.ndarray:
    picture = _books(33)
    picture[:, 170:] = 0.03
    return picture


def _landscape(seed: int, sky: tuple, ground: tuple, horizon: float = 0.55) -> np.ndarray:
    clouds = np.clip(0.5 + 0.35 * noise(seed, 1.6, 0.4), 0, 1)[..., None]
    picture = np.array(sky, np.float32) * (1.1 - 0.3 * Y[..., None]) * (1 - 0.4 * clouds)
    picture = picture + 0.4 * clouds * (1 - Y[..., None])
    for layer in range(3):
        ridge = horizon + 0.1 * layer + 0.06 * noise(seed + layer + 1, 1.9)[layer * 60]
        fade = np.array(ground, np.float32) * (0.55 + 0.25 * layer)
        tone = fade + (0.35 - 0.12 * layer) * np.array(sky, np.float32)
        texture = 1 + 0.25 * noise(seed + 5, 0.7)[..., None]
        picture = np.where((ridge[None] < Y)[..., None], tone * texture, picture)
    return picture


@texture
def landscape() -> np.ndarray:
    return _landscape(40, (0.35, 0.55, 0.85), (0.16, 0.28, 0.08))


@texture
def sunset() -> np.ndarray:
    return _landscape(50, (0.9, 0.45, 0.2), (0.12, 0.08, 0.1), 0.6)


def _abstract(seed: int, shapes: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    picture = np.full((SIZE, SIZE, 3), random.random(3) * 0.6 + 0.2, np.float32)
    for _ in range(shapes):
        left, top = random.random(2) * 0.8
        shape = _inside(left, top, left + 0.1 + 0.35 * random.random(), top + 0.3 * random.random())
        if random.random() < 0.5:
            shape = np.hypot(X - left - 0.1, Y - top - 0.1) < 0.05 + 0.15 * random.random()
        picture[shape > 0] = random.random(3) ** 1.5
    return picture * (1 + 0.06 * noise(24, 0.1)[..., None])


@texture
def abstract() -> np.ndarray:
    return _abstract(60, 14)


@texture
def shapes() -> np.ndarray:
    return _abstract(63, 6)


@texture
def still_life() -> np.ndarray:
    picture = np.full((SIZE, SIZE, 3), (0.3, 0.24, 0.15), np.float32)
    picture = picture * (1.1 - 0.5 * Y[..., None] + 0.1 * noise(3, 1.5)[..., None])
    picture[Y > 0.7] = (0.2, 0.09, 0.04)
    picture[(np.abs(X - 0.5) < 0.12) & (Y > 0.5) & (Y < 0.8)] = (0.15, 0.25, 0.4)
    random = np.random.default_rng(66)
    for _ in range(22):
        x, y = 0.5 + 0.15 * random.standard_normal(), 0.34 + 0.1 * random.standard_normal()
        petal = np.hypot(X - x, Y - y) < random.uniform(0.03, 0.07)
        picture[petal] = (random.random(3) * (0.8, 0.45, 0.5)) ** 1.2
    return picture


@texture
def portrait() -> np.ndarray:
    ground = np.full((SIZE, SIZE, 3), (0.12, 0.08, 0.05), np.float32)
    picture = ground * (1.2 + 0.5 * noise(3, 1.5)[..., None])
    shoulders = np.hypot((X - 0.5) / 0.38, (Y - 1.05) / 0.42) < 1
    hair = np.hypot((X - 0.5) / 0.2, (Y - 0.36) / 0.25) < 1
    face = np.hypot((X - 0.5) / 0.15, (Y - 0.4) / 0.2) < 1
    picture[shoulders], picture[hair] = (0.1, 0.14, 0.3), (0.06, 0.035, 0.02)
    picture[face] = (0.6, 0.38, 0.27)
    return picture * (1 + 0.1 * noise(24, 0.1)[..., None])


@texture
def window() -> np.ndarray:
    view = 0.55 + 0.9 * np.clip(_landscape(70, (0.75, 0.85, 1.0), (0.2, 0.3, 0.12), 0.66), 0, 1)
    edge = np.maximum(np.abs(2 * X - 1), np.abs(2 * Y - 1)) > 0.9
    bars = edge | (np.abs(X - 0.5) < 0.025) | (np.abs(Y - 0.36) < 0.02)
    return np.where(bars[..., None], 0.42, 0.66 * view)


@texture
def screen() -> np.ndarray:
    glow = 0.02 + 0.05 * np.clip(1 - 2 * np.hypot(X - 0.3, Y - 0.2), 0, 1)
    edge = np.maximum(np.abs(2 * X - 1), np.abs(2 * Y - 1)) > 0.95
    return np.stack([np.where(edge, 0.01, glow * tint) for tint in (0.8, 0.9, 1.0)], -1)


@texture
def desktop() -> np.ndarray:
    picture = _landscape(80, (0.1, 0.3, 0.6), (0.1, 0.2, 0.3), 0.5)
    picture[_inside(0.1, 0.12, 0.6, 0.75) > 0] = 0.8
    text = (_inside(0.14, 0.2, 0.52, 0.7) * line(Y, 22, 0.4) * (noise(24, 0.1) > -0.6)) > 0
    picture[text] = 0.15
    picture[Y > 0.95] = 0.03
    return picture
