"""Small things on tables and shelves, plants and lamps.

Every builder takes a random generator and returns primitives around the origin: the footprint's
centre on the floor, the back towards +y, the front towards -y, metres.
"""

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import Primitive
from densedepth_tf.data.rooms.scene import materials
from densedepth_tf.data.rooms.scene.shapes import box, cylinder, ellipsoid

Random = np.random.Generator


def ornament(random: Random, x: float, y: float, z: float) -> list[Primitive]:
    """Something small to stand on a table or a cupboard at height z."""
    kind = random.integers(6)
    if kind == 0:
        radius, height = random.uniform(0.04, 0.08), random.uniform(0.14, 0.3)
        return [cylinder(x, y, z, radius, height, materials.ceramic(random))]
    if kind == 1:
        size = random.uniform(0.12, 0.25)
        return [ellipsoid(x, y, z + size / 2, size, size, size, materials.ceramic(random))]
    if kind == 2:
        parts, bottom = [], z
        for _ in range(random.integers(2, 4)):
            thick = random.uniform(0.02, 0.045)
            parts.append(
                box(
                    x,
                    y,
                    bottom,
                    0.2,
                    0.15,
                    thick,
                    materials.fabric(random, "plain"),
                    yaw=random.uniform(-0.5, 0.5),
                )
            )
            bottom += thick
        return parts
    if kind == 3:
        pole, shade = materials.metal(random), materials.glowing(random.uniform(0.6, 1.8))
        return [cylinder(x, y, z, 0.02, 0.25, pole), cylinder(x, y, z + 0.22, 0.12, 0.17, shade)]
    if kind == 4:
        size = random.uniform(0.25, 0.4)
        pot = cylinder(x, y, z, 0.07, 0.12, materials.ceramic(random))
        leaves = ellipsoid(x, y, z + 0.1 + size / 2, size, size, size, materials.greenery(random))
        return [pot, leaves]
    width = random.uniform(0.12, 0.3)
    return [
        box(
            x,
            y,
            z,
            width,
            width * 0.7,
            random.uniform(0.06, 0.25),
            materials.painted(random),
            yaw=random.uniform(-0.6, 0.6),
        )
    ]


def on_top(random: Random, width: float, depth: float, z: float, most: int) -> list[Primitive]:
    """Up to `most` ornaments on a surface of this size at height z."""
    places = random.permutation(np.linspace(-0.36, 0.36, 4) * width)[: random.integers(0, most + 1)]
    parts = []
    for x in places:
        parts += ornament(random, x, random.uniform(-0.15, 0.15) * depth, z)
    return parts


def plant(random: Random) -> list[Primitive]:
    """A pot and a few round tufts of leaves."""
    radius, height = random.uniform(0.12, 0.2), random.uniform(0.22, 0.4)
    leaf = materials.greenery(random)
    parts = [cylinder(0, 0, 0, radius, height, materials.ceramic(random))]
    top = height + random.uniform(0.2, 0.8)
    parts.append(cylinder(0, 0, height, 0.018, top - height, materials.wood(random)))
    for _ in range(random.integers(2, 5)):
        x, y = random.normal(0, 0.12, 2)
        size = random.uniform(0.28, 0.5)
        parts.append(
            ellipsoid(x, y, top + random.uniform(-0.15, 0.2), size, size, size * 0.8, leaf)
        )
    return parts


def floor_lamp(random: Random) -> list[Primitive]:
    """Foot, pole and a glowing shade."""
    height, frame = random.uniform(1.3, 1.7), materials.metal(random)
    shade = materials.glowing(random.uniform(0.7, 1.8), random.uniform(0.7, 1))
    return [
        cylinder(0, 0, 0, 0.14, 0.03, frame),
        cylinder(0, 0, 0, 0.015, height, frame),
        cylinder(0, 0, height - 0.1, random.uniform(0.14, 0.22), 0.26, shade),
    ]
