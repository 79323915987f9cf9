"""Cupboards, shelves, desks and kitchens.

Every builder takes a random generator and returns primitives around the origin: the footprint's
centre on the floor, the back towards +y, the front towards -y, metres.
"""

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import Material, Primitive
from densedepth_tf.data.rooms.scene import materials
from densedepth_tf.data.rooms.scene.furniture import legs
from densedepth_tf.data.rooms.scene.ornaments import on_top, ornament
from densedepth_tf.data.rooms.scene.shapes import box, cylinder

Random = np.random.Generator


def cupboard(random: Random) -> list[Primitive]:
    """A wardrobe or sideboard with doors or drawers."""
    tall = random.random() < 0.45
    width = random.uniform(0.8, 1.8) if not tall else random.uniform(0.8, 2.0)
    depth = random.uniform(0.38, 0.6)
    height = random.uniform(1.75, 2.15) if tall else random.uniform(0.7, 1.15)
    material = (materials.wood if random.random() < 0.6 else materials.painted)(random)
    texture = "cupboard" if tall else str(random.choice(["cupboard", "drawers", "wide_drawers"]))
    front = materials.stretched(material, texture)
    parts = [box(0, 0, 0.05, width, depth, height - 0.05, material, front=front)]
    parts.append(box(0, 0.02, 0, width - 0.06, depth - 0.08, 0.05, material))
    if not tall:
        parts.append(box(0, 0, height, width + 0.04, depth + 0.03, 0.025, material))
        parts += on_top(random, width, depth, height + 0.025, 4)
    return parts


def nightstand(random: Random) -> list[Primitive]:
    """A small chest of drawers with a lamp or something else on it."""
    width, height = random.uniform(0.4, 0.5), random.uniform(0.45, 0.6)
    material = materials.wood(random)
    body = box(
        0, 0, 0, width, 0.4, height, material, front=materials.stretched(material, "drawers")
    )
    return [body, *ornament(random, 0, 0, height)]


def bookshelf(random: Random) -> list[Primitive]:
    """Sides, back and boards, with rows of books set back a little."""
    width, depth = random.uniform(0.7, 1.3), random.uniform(0.26, 0.36)
    rows = int(random.integers(3, 6))
    gap = random.uniform(0.32, 0.4)
    height = rows * gap + 0.08
    material = (materials.wood if random.random() < 0.7 else materials.painted)(random)
    parts = [box(i * (width / 2 - 0.012), 0, 0, 0.024, depth, height, material) for i in (-1, 1)]
    parts.append(box(0, depth / 2 - 0.006, 0, width, 0.012, height, material))
    for row in range(rows + 1):
        parts.append(
            box(0, 0, 0.06 + row * gap - 0.02, width - 0.04, depth - 0.01, 0.024, material)
        )
    for row in range(rows):
        bottom, choice = 0.064 + row * gap, random.random()
        if choice < 0.75:
            share = random.uniform(0.4, 0.97)
            spines = materials.picture(str(random.choice(["books", "more_books", "few_books"])))
            x = random.choice([-1, 1]) * (1 - share) * (width / 2 - 0.03)
            parts.append(
                box(
                    x,
                    0.03,
                    bottom,
                    (width - 0.06) * share,
                    depth * 0.6,
                    gap * 0.75,
                    materials.wood(random),
                    front=spines,
                )
            )
        elif choice < 0.9:
            parts += [
                cylinder(
                    random.uniform(-0.3, 0.3) * width,
                    0,
                    bottom,
                    0.06,
                    0.2,
                    materials.ceramic(random),
                )
            ]
    return parts


def desk(random: Random) -> list[Primitive]:
    """A desk with a monitor and a keyboard, or a laptop."""
    width, depth, height = random.uniform(1.1, 1.6), random.uniform(0.6, 0.8), 0.74
    material = (materials.wood if random.random() < 0.6 else materials.painted)(random)
    front = materials.stretched(material, "drawers")
    dark = materials.metal(random)
    parts = [box(0, 0, height - 0.035, width, depth, 0.035, material)]
    parts += legs(width, depth, height - 0.035, 0.05, material)
    parts.append(
        box(width / 2 - 0.25, 0, 0.05, 0.4, depth - 0.1, height - 0.1, material, front=front)
    )
    display = (
        materials.picture("desktop", 0.5) if random.random() < 0.6 else materials.picture("screen")
    )
    parts += [
        box(-0.1, 0.15, height, 0.2, 0.16, 0.015, dark),
        box(-0.1, 0.18, height, 0.04, 0.03, 0.2, dark),
        box(-0.1, 0.15, height + 0.12, 0.55, 0.03, 0.33, dark, front=display),
        box(-0.1, -0.12, height, 0.42, 0.14, 0.015, dark),
    ]
    return parts + (ornament(random, width / 2 - 0.25, 0, height) if random.random() < 0.6 else [])


def television(random: Random) -> list[Primitive]:
    """A low board with a television on it."""
    width, height = random.uniform(1.3, 1.9), random.uniform(0.4, 0.55)
    material = materials.wood(random)
    front, dark = materials.stretched(material, "wide_drawers"), materials.metal(random)
    size = random.uniform(0.85, 1.2)
    return [
        box(0, 0, 0.04, width, 0.4, height - 0.04, material, front=front),
        box(0, 0, height, 0.4, 0.2, 0.02, dark),
        box(0, 0.03, height, 0.06, 0.05, 0.1, dark),
        box(
            0,
            0.02,
            height + 0.06,
            size,
            0.045,
            size * 0.58,
            dark,
            front=materials.picture("screen", gloss=0.25),
        ),
    ]


def kitchen(random: Random) -> list[Primitive]:
    """Base units with a worktop, wall units, and a fridge at one end."""
    count = int(random.integers(3, 6))
    width, depth = 0.6 * count, 0.6
    material = (materials.painted if random.random() < 0.6 else materials.wood)(random)
    top = Material(
        str(random.choice(["granite", "marble", "grain"])),
        materials.wood(random).palette,
        0.7,
        gloss=0.15,
    )
    doors, drawers = (materials.stretched(material, name) for name in ("cupboard", "drawers"))
    parts = []
    for index in range(count):
        x = 0.6 * (index + 0.5) - width / 2
        front = doors if random.random() < 0.6 else drawers
        parts.append(box(x, 0, 0.08, 0.598, depth - 0.03, 0.78, material, front=front))
        if index and random.random() < 0.85:
            parts.append(box(x, depth / 2 - 0.175, 1.42, 0.598, 0.35, 0.62, material, front=doors))
    parts.append(box(0, 0.03, 0, width, depth - 0.1, 0.08, materials.metal(random)))
    parts.append(box(0, 0, 0.86, width, depth, 0.04, top))
    parts += on_top(random, width, depth, 0.9, 3)
    if random.random() < 0.6:
        white = materials.painted(random, bright=True)
        parts.append(
            box(
                -width / 2 - 0.32,
                0,
                0,
                0.6,
                0.6,
                random.uniform(1.5, 1.9),
                white,
                front=materials.stretched(white, "wide_drawers"),
            )
        )
        parts = [part.moved(0.31, 0, 0, 0) for part in parts]
    return parts
