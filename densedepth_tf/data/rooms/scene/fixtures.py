"""What hangs on walls and ceilings: doors, windows, curtains, radiators, pictures, lamps, beams.

Builders for walls return primitives with the wall's surface at y = 0 and the room towards -y,
bottom at z = 0 unless they say otherwise.
"""

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import Material, Primitive
from densedepth_tf.data.rooms.scene import materials
from densedepth_tf.data.rooms.scene.ornaments import ornament
from densedepth_tf.data.rooms.scene.shapes import box, cylinder, ellipsoid

Random = np.random.Generator


def door(random: Random) -> list[Primitive]:
    """A closed door in its frame."""
    width, height = random.uniform(0.8, 0.95), random.uniform(1.98, 2.08)
    leaf = (materials.wood if random.random() < 0.5 else materials.painted)(random)
    frame = leaf if random.random() < 0.4 else materials.painted(random, bright=True)
    parts = [box(0, -0.02, 0, width, 0.04, height, leaf, front=materials.stretched(leaf, "door"))]
    parts += [
        box(i * (width / 2 + 0.04), -0.03, 0, 0.08, 0.06, height + 0.08, frame) for i in (-1, 1)
    ]
    parts.append(box(0, -0.03, height, width, 0.06, 0.08, frame))
    side = random.choice([-1, 1])
    return [
        *parts,
        ellipsoid(side * (width / 2 - 0.08), -0.08, 1.0, 0.06, 0.09, 0.06, materials.metal(random)),
    ]


def window(random: Random, height_of_room: float) -> tuple[list[Primitive], float]:
    """A shining window with a sill, often curtains, at times a radiator; and its middle height."""
    width = random.uniform(0.9, 2.0)
    bottom = random.uniform(0.75, 1.0)
    height = min(random.uniform(1.0, 1.5), height_of_room - bottom - 0.25)
    frame = materials.painted(random, bright=True)
    glass = materials.picture("window", emission=random.uniform(1.2, 2.6), gloss=0)
    parts = [
        box(0, -0.015, bottom, width, 0.03, height, frame, front=glass),
        box(0, -0.07, bottom - 0.04, width + 0.12, 0.14, 0.035, frame),
    ]
    if random.random() < 0.6:
        cloth = materials.fabric(random, "folds")
        cloth = Material("folds", cloth.palette, random.uniform(0.8, 1.4))
        drop = 0.05 if random.random() < 0.6 else bottom - 0.1
        top = bottom + height + 0.12
        wide = random.uniform(0.25, 0.45)
        for side in (-1, 1):
            x = side * (width / 2 + wide / 2 - 0.06)
            parts.append(box(x, -0.13, drop, wide, 0.08, top - drop, cloth))
        parts.append(box(0, -0.13, top, width + 2 * wide, 0.03, 0.03, materials.metal(random)))
    elif random.random() < 0.7:
        ribs = Material("ribs", frame.palette, 0.8)
        parts.append(box(0, -0.09, 0.15, min(width, 1.1), 0.09, bottom - 0.3, ribs))
    return parts, bottom + height / 2


def picture(random: Random) -> list[Primitive]:
    """A framed picture, mirror-less; bottom at z = 0."""
    width, height = random.uniform(0.3, 1.1), random.uniform(0.3, 0.85)
    frame = (materials.wood if random.random() < 0.6 else materials.painted)(random)
    canvas = materials.picture(str(random.choice(materials.PICTURES)))
    parts = [box(0, -0.015, 0, width, 0.03, height, frame)]
    margin = random.uniform(0.02, 0.06)
    if random.random() < 0.5:
        mount = materials.painted(random, bright=True)
        parts.append(box(0, -0.017, margin, width - 2 * margin, 0.034, height - 2 * margin, mount))
        margin += random.uniform(0.03, 0.07)
    inner = (width - 2 * margin, 0.038, height - 2 * margin)
    return [*parts, box(0, -0.019, margin, *inner, frame, front=canvas)]


def wall_shelf(random: Random) -> list[Primitive]:
    """A board with books or ornaments."""
    width = random.uniform(0.6, 1.3)
    board = materials.wood(random)
    parts = [box(0, -0.11, 0, width, 0.22, 0.03, board)]
    if random.random() < 0.6:
        spines = materials.picture(str(random.choice(["books", "more_books"])))
        parts.append(box(-width * 0.18, -0.09, 0.03, width * 0.6, 0.16, 0.25, board, front=spines))
    return parts + ornament(random, width * 0.33, -0.11, 0.03)


def ceiling_lamp(random: Random, ceiling: float) -> tuple[list[Primitive], float]:
    """A lamp around the origin of x and y; and the height of its light."""
    shade = materials.glowing(random.uniform(1.2, 2.5))
    kind = random.integers(3)
    if kind == 0:
        return [
            cylinder(0, 0, ceiling - 0.09, random.uniform(0.15, 0.25), 0.09, shade)
        ], ceiling - 0.3
    drop = min(random.uniform(0.3, 0.7), ceiling - 1.95)
    size = random.uniform(0.22, 0.4)
    cord = cylinder(0, 0, ceiling - drop, 0.008, drop, materials.metal(random))
    if kind == 1:
        lamp = ellipsoid(0, 0, ceiling - drop, size, size, size * 0.9, shade)
    else:
        lamp = cylinder(0, 0, ceiling - drop - 0.1, size / 2, 0.2, shade)
    return [cord, lamp], ceiling - drop


def rug(random: Random) -> list[Primitive]:
    """A rug on the floor."""
    width, depth = random.uniform(1.4, 2.6), random.uniform(1.0, 1.8)
    cloth = materials.fabric(random, "carpet")
    if random.random() < 0.25:
        return [cylinder(0, 0, 0, depth / 2, 0.012, cloth)]
    top = materials.stretched(cloth, str(random.choice(["rug", "striped_rug"])))
    return [box(0, 0, 0, width, depth, 0.012, cloth, top=top)]


def beams(random: Random, size: tuple[float, float, float]) -> list[Primitive]:
    """Wooden beams under the ceiling along x."""
    width, length, height = size
    count, material = int(random.integers(2, 5)), materials.wood(random)
    return [
        box(width / 2, length * (index + 0.5) / count, height - 0.16, width, 0.14, 0.16, material)
        for index in range(count)
    ]
