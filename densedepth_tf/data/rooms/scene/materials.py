"""Random materials in the colours rooms are painted, tiled and furnished in."""

import colorsys
import dataclasses

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import Material

PICTURES = ("landscape", "sunset", "abstract", "shapes", "still_life", "portrait")
_WOODS = (
    (0.62, 0.45, 0.28),
    (0.45, 0.29, 0.17),
    (0.3, 0.19, 0.12),
    (0.75, 0.62, 0.45),
    (0.55, 0.35, 0.2),
    (0.8, 0.72, 0.6),
)


def linear(red: float, green: float, blue: float) -> np.ndarray:
    """Linear RGB (3,) of a display colour in [0, 1]."""
    return np.clip(np.array([red, green, blue]), 0, 1) ** 2


def _hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    return linear(*colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _palette(first: np.ndarray, second: np.ndarray, third: np.ndarray) -> np.ndarray:
    return np.stack([first, second, third]).astype(np.float32)


def wood(random: np.random.Generator, texture: str = "grain", repeat: float = 1.2) -> Material:
    """Wood of a random species; `texture` may be any that is tinted."""
    base = np.array(_WOODS[random.integers(len(_WOODS))]) * random.uniform(0.85, 1.15)
    dark = base * random.uniform(0.68, 0.85)
    seam = base * random.uniform(0.3, 0.5)
    return Material(
        texture,
        _palette(linear(*base), linear(*dark), linear(*seam)),
        repeat,
        gloss=random.choice([0, 0.05, 0.12]),
    )


def painted(
    random: np.random.Generator, texture: str = "plain", repeat: float = 1.5, bright: bool = False
) -> Material:
    """Lacquer or wall paint; bright ones are white to pastel."""
    hue = random.choice([0.08, 0.12, 0.15, 0.3, 0.5, 0.58, 0.62, 0.97]) + random.normal(0, 0.02)
    if bright or random.random() < 0.35:
        saturation, value = abs(random.normal(0, 0.09)), random.uniform(0.8, 0.97)
    else:
        saturation, value = random.uniform(0.05, 0.4), random.uniform(0.45, 0.88)
    first = _hsv(hue, saturation, value)
    second = _hsv(
        hue + random.normal(0, 0.02), saturation * 1.1, value * random.uniform(0.86, 0.95)
    )
    third = _hsv(hue, min(saturation * 1.5, 1), value * random.uniform(0.35, 0.65))
    return Material(texture, _palette(first, second, third), repeat)


def fabric(random: np.random.Generator, texture: str | None = None) -> Material:
    """Upholstery, blankets and cushions: from grey to strong colours."""
    hue, saturation = random.random(), random.beta(1.3, 2.2)
    value = random.uniform(0.3, 0.9)
    first, second = _hsv(hue, saturation, value), _hsv(hue, saturation, value * 0.75)
    third = _hsv(hue + random.choice([0, 0.08, 0.5]), saturation * 0.8, random.uniform(0.2, 0.95))
    texture = texture or str(
        random.choice(["weave", "weave", "carpet", "plaid", "stripes", "dots"])
    )
    return Material(texture, _palette(first, second, third), random.uniform(0.3, 0.8))


def metal(random: np.random.Generator) -> Material:
    """Steel, black iron or brass."""
    colour = ((0.68, 0.68, 0.7), (0.15, 0.15, 0.16), (0.7, 0.58, 0.35))[random.integers(3)]
    return Material("plain", _palette(*[linear(*colour)] * 3), 0.6, gloss=0.3)


def ceramic(random: np.random.Generator) -> Material:
    """Vases, cups and balls: glossy, any colour."""
    first = _hsv(random.random(), random.beta(1.2, 1.6), random.uniform(0.35, 0.95))
    return Material("plain", _palette(first, first * 0.85, first * 0.5), 0.5, gloss=0.3)


def picture(texture: str, emission: float = 0.0, gloss: float = 0.05) -> Material:
    """A texture that is a picture, stretched over the face."""
    return Material(texture, np.eye(3, dtype=np.float32), 0.0, emission, gloss)


def stretched(material: Material, texture: str) -> Material:
    """The same colours with a texture that fills the face: drawers, doors, rugs."""
    return dataclasses.replace(material, texture=texture, repeat=0.0)


def glowing(strength: float, warmth: float = 0.85) -> Material:
    """Lamp shades."""
    colour = linear(1, 0.5 + 0.5 * warmth, warmth)
    return Material("plain", _palette(colour, colour, colour), 0.5, emission=strength)


def greenery(random: np.random.Generator) -> Material:
    """Leaves."""
    first = _hsv(random.uniform(0.22, 0.38), random.uniform(0.4, 0.75), random.uniform(0.3, 0.6))
    return Material("leaves", _palette(first, first * 0.35, first), 0.35)


def wall(random: np.random.Generator) -> Material:
    """Mostly paint and plaster, at times wallpaper, seldom brick or tiles."""
    textures = ["paint", "plain", "plaster", "stripes", "pinstripes", "damask", "diamonds", "dots"]
    chances = np.array([6, 3, 4, 1, 1, 1, 0.7, 0.7])
    texture = str(random.choice(textures, p=chances / chances.sum()))
    repeat = random.uniform(1.2, 2.5) if texture in textures[:3] else random.uniform(0.5, 1.1)
    material = painted(random, texture, repeat, bright=random.random() < 0.55)
    if texture in textures[3:]:
        # Wallpaper repeats quietly.
        soft = material.palette[0] + 0.55 * (material.palette - material.palette[0])
        return dataclasses.replace(material, palette=soft)
    return material


def accent_wall(random: np.random.Generator) -> Material:
    """Brick, wooden panels or a strong colour."""
    texture = str(random.choice(["bricks", "planks", "plain", "plaster", "tiles", "damask"]))
    if texture == "bricks":
        tone = linear(
            random.uniform(0.5, 0.85), random.uniform(0.4, 0.65), random.uniform(0.3, 0.6)
        )
        return Material(texture, _palette(tone, tone * 0.6, tone * 0.3 + 0.3), 0.95)
    if texture == "planks":
        return wood(random, texture, random.uniform(1.2, 2.0))
    return painted(random, texture, random.uniform(0.6, 1.2))


def floor(random: np.random.Generator) -> Material:
    """Planks, parquet, tiles, checkers, carpet, marble or stone."""
    textures = [
        "planks",
        "wide_planks",
        "parquet",
        "tiles",
        "checker",
        "carpet",
        "marble",
        "mosaic",
    ]
    chances = np.array([5, 4, 2, 2.5, 1, 4, 0.7, 0.5])
    texture = str(random.choice(textures, p=chances / chances.sum()))
    if texture in textures[:3]:
        return wood(random, texture, random.uniform(0.9, 1.4))
    if texture == "carpet":
        return dataclasses.replace(fabric(random, texture), repeat=random.uniform(0.6, 1.2))
    material = painted(random, texture, random.uniform(1.0, 2.2), bright=random.random() < 0.5)
    first, _, third = material.palette
    return dataclasses.replace(
        material,
        palette=_palette(first, first * random.uniform(0.25, 0.85), third),
        repeat=0.6 if texture == "mosaic" else material.repeat,
        gloss=random.choice([0.02, 0.1]),
    )
