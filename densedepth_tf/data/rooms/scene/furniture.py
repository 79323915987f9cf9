"""Tables, chairs, sofas and beds.

Every builder takes a random generator and returns primitives around the origin: the footprint's
centre on the floor, the back towards +y, the front towards -y, metres.
"""

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import Material, Primitive
from densedepth_tf.data.rooms.scene import materials
from densedepth_tf.data.rooms.scene.ornaments import on_top
from densedepth_tf.data.rooms.scene.shapes import box, cylinder, ellipsoid

Random = np.random.Generator


def legs(
    width: float, depth: float, height: float, thick: float, material: Material
) -> list[Primitive]:
    """Four legs under a top of this size: round if thin."""
    x, y = width / 2 - thick, depth / 2 - thick
    if thick < 0.035:
        return [
            cylinder(i * x, j * y, 0, thick / 2, height, material) for i in (-1, 1) for j in (-1, 1)
        ]
    return [box(i * x, j * y, 0, thick, thick, height, material) for i in (-1, 1) for j in (-1, 1)]


def table(
    random: Random,
    width: float | None = None,
    depth: float | None = None,
    height: float | None = None,
) -> list[Primitive]:
    """A dining or kitchen table: top, four legs (or a round one on a column), things on it."""
    width = width or random.uniform(0.9, 1.8)
    depth = depth or random.uniform(0.7, 0.95)
    height = height or random.uniform(0.7, 0.78)
    make = materials.wood if random.random() < 0.7 else materials.painted
    material = make(random)
    if random.random() < 0.2:
        radius = depth / 2
        top = cylinder(0, 0, height - 0.04, radius, 0.04, material)
        foot = cylinder(0, 0, 0, radius * 0.55, 0.03, material)
        parts = [top, cylinder(0, 0, 0, 0.05, height - 0.04, material), foot]
        return parts + on_top(random, radius, radius, height, 2)
    thick = random.uniform(0.03, 0.08)
    parts = [box(0, 0, height - 0.04, width, depth, 0.04, material)]
    parts += legs(width, depth, height - 0.04, thick, material)
    return parts + on_top(random, width, depth, height, 3)


def coffee_table(random: Random) -> list[Primitive]:
    """A low table."""
    return table(
        random, random.uniform(0.7, 1.2), random.uniform(0.5, 0.7), random.uniform(0.32, 0.48)
    )


def chair(random: Random, material: Material | None = None) -> list[Primitive]:
    """A kitchen chair; its back is towards +y."""
    frame = material or materials.wood(random)
    seat = frame if random.random() < 0.6 else materials.fabric(random)
    width, height = random.uniform(0.4, 0.46), random.uniform(0.43, 0.47)
    back = random.uniform(0.36, 0.5)
    parts = [box(0, 0, height - 0.05, width, width, 0.05, seat)]
    parts += legs(width, width, height - 0.05, random.choice([0.03, 0.045]), frame)
    if random.random() < 0.5:
        return parts + [box(0, width / 2 - 0.02, height, width, 0.035, back, seat)]
    rails = [
        box(0, width / 2 - 0.02, height + back * k, width, 0.025, 0.07, frame) for k in (0.4, 0.85)
    ]
    posts = [
        box(i * (width / 2 - 0.02), width / 2 - 0.02, height, 0.035, 0.035, back, frame)
        for i in (-1, 1)
    ]
    return parts + rails + posts


def office_chair(random: Random) -> list[Primitive]:
    """Seat and back on a column."""
    cover, frame = materials.fabric(random, "weave"), materials.metal(random)
    return [
        cylinder(0, 0, 0.04, 0.27, 0.05, frame),
        cylinder(0, 0, 0.05, 0.03, 0.36, frame),
        box(0, 0, 0.42, 0.5, 0.48, 0.08, cover),
        box(0, 0.23, 0.55, 0.46, 0.07, 0.5, cover),
    ]


def sofa(random: Random, width: float | None = None) -> list[Primitive]:
    """Base, back, two arms, seat cushions, and a pillow or two."""
    width, depth = width or random.uniform(1.5, 2.3), random.uniform(0.8, 0.95)
    seat, back, arm = random.uniform(0.38, 0.45), random.uniform(0.75, 0.92), 0.18
    cover = materials.fabric(random)
    inner = width - 2 * arm
    parts = [
        box(0, 0, 0.06, width, depth, seat - 0.16, cover),
        box(0, depth / 2 - 0.12, 0.06, width, 0.24, back - 0.06, cover),
    ]
    parts += [box(i * (width - arm) / 2, 0, 0.06, arm, depth, seat + 0.12, cover) for i in (-1, 1)]
    count = max(round(inner / 0.65), 1)
    for index in range(count):
        x = inner * ((index + 0.5) / count - 0.5)
        parts.append(box(x, -0.11, seat - 0.1, inner / count - 0.015, depth - 0.26, 0.13, cover))
    for side in (-1, 1):
        if random.random() < 0.55:
            pillow = materials.fabric(random)
            parts.append(
                ellipsoid(
                    side * inner * 0.36, depth / 2 - 0.33, seat + 0.2, 0.42, 0.2, 0.38, pillow
                )
            )
    return parts


def armchair(random: Random) -> list[Primitive]:
    """A sofa for one."""
    return sofa(random, random.uniform(0.85, 1.0))


def bed(random: Random) -> list[Primitive]:
    """Frame, mattress, blanket, pillows and headboard."""
    width, length = random.choice([0.95, 1.45, 1.65]), random.uniform(1.95, 2.1)
    frame, blanket = materials.wood(random), materials.fabric(random)
    sheet = materials.painted(random, "weave", 0.4, bright=True)
    top = random.uniform(0.42, 0.58)
    parts = [
        box(0, 0, 0.08, width, length, top - 0.26, frame),
        box(0, 0, top - 0.18, width - 0.04, length - 0.06, 0.18, sheet),
        box(0, -0.24, top - 0.14, width + 0.02, length - 0.5, 0.17, blanket),
        box(0, length / 2 - 0.02, 0, width + 0.08, 0.05, random.uniform(0.85, 1.2), frame),
    ]
    for x in (0.0,) if width < 1 else (-width / 4, width / 4):
        parts.append(ellipsoid(x, length / 2 - 0.28, top + 0.06, 0.62, 0.4, 0.2, sheet))
    return parts


def floor_object(random: Random) -> list[Primitive]:
    """A ball, a pouf, a cardboard box, a stool or a bin."""
    kind = random.integers(5)
    if kind == 0:
        size = random.uniform(0.18, 0.5)
        return [ellipsoid(0, 0, size / 2, size, size, size, materials.ceramic(random))]
    if kind == 1:
        return [
            cylinder(
                0,
                0,
                0,
                random.uniform(0.2, 0.32),
                random.uniform(0.32, 0.45),
                materials.fabric(random),
            )
        ]
    if kind == 2:
        cardboard = Material("paint", materials.wood(random).palette, 0.8)
        width, depth, height = random.uniform(0.3, 0.6, 3)
        lower = box(0, 0, 0, width, depth, height, cardboard)
        if random.random() < 0.5:
            return [lower]
        width, depth, height = random.uniform(0.2, 0.3, 3)
        top = 2 * lower.half_size[2]
        return [lower, box(0, 0, top, width, depth, height, cardboard, yaw=0.4)]
    if kind == 3:
        return table(random, 0.35, 0.35, random.uniform(0.42, 0.6))[:5]
    return [cylinder(0, 0, 0, 0.15, random.uniform(0.25, 0.4), materials.metal(random))]
