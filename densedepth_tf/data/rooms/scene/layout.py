"""Furnishes a random room: what stands where, the colours and the light."""

import dataclasses
from collections.abc import Callable

import numpy as np

from densedepth_tf.data.rooms.rendering.renderer import render_linear
from densedepth_tf.data.rooms.rendering.scene import Group, Light, Material, Primitive, Scene
from densedepth_tf.data.rooms.scene import fixtures, furniture, materials, ornaments, storage
from densedepth_tf.data.rooms.scene.placement import Placement
from densedepth_tf.data.rooms.scene.shapes import box
from densedepth_tf.data.rooms.scene.viewpoints import random_camera
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

_METER_SIZE = (15, 20)

Builder = Callable[[np.random.Generator], list[Primitive]]

# What stands along the walls and in the middle of each kind of room, the most typical first.
_ROOMS: dict[str, tuple[list[Builder], list[Builder]]] = {
    "living": (
        [
            furniture.sofa,
            storage.television,
            storage.bookshelf,
            storage.cupboard,
            furniture.armchair,
            ornaments.plant,
            ornaments.floor_lamp,
        ],
        [furniture.coffee_table, furniture.armchair, furniture.floor_object],
    ),
    "bedroom": (
        [
            furniture.bed,
            storage.cupboard,
            storage.nightstand,
            storage.cupboard,
            storage.desk,
            ornaments.plant,
            furniture.armchair,
        ],
        [furniture.floor_object],
    ),
    "office": (
        [
            storage.desk,
            storage.bookshelf,
            storage.cupboard,
            storage.bookshelf,
            storage.desk,
            ornaments.plant,
            ornaments.floor_lamp,
        ],
        [furniture.office_chair, furniture.table, furniture.office_chair],
    ),
    "kitchen": (
        [storage.kitchen, storage.kitchen, storage.cupboard, furniture.chair, ornaments.plant],
        [furniture.table],
    ),
    "dining": (
        [
            storage.cupboard,
            storage.cupboard,
            storage.bookshelf,
            furniture.sofa,
            ornaments.plant,
            ornaments.floor_lamp,
        ],
        [furniture.table],
    ),
}
_ANYWHERE: tuple[Builder, ...] = (
    storage.cupboard,
    storage.bookshelf,
    furniture.armchair,
    furniture.chair,
    furniture.floor_object,
    furniture.table,
    ornaments.plant,
    storage.cupboard,
)
_WITH_CHAIRS = ("kitchen", "dining", "office")
_MAY_STAND_FREE: tuple[Builder, ...] = (furniture.sofa, furniture.bed, storage.desk)


def _set_chairs(room: Placement, table: Group) -> None:
    """Chairs around the table that was placed last, facing it."""
    random, yaw = room.random, table.primitives[0].yaw
    centre, half = table.primitives[0].centre, table.primitives[0].half_size
    frame = materials.wood(random)
    for angle in (0, np.pi / 2, np.pi, -np.pi / 2):
        if random.random() < 0.2:
            continue
        reach = (half[1] if angle in (0, np.pi) else half[0]) + random.uniform(0.02, 0.3)
        turn = yaw + angle
        x, y = centre[0] - np.sin(turn) * reach, centre[1] + np.cos(turn) * reach
        parts = [
            part.moved(x, y, 0, turn + random.normal(0, 0.1))
            for part in furniture.chair(random, frame)
        ]
        group = Group(tuple(parts))
        # A chair may reach under its table, not into anything else.
        others = [taken for taken in room.taken if taken is not table.bounds]
        kept, room.taken = room.taken, others
        if room.is_free(group.bounds, 0.01):
            room.groups.append(group)
            kept.append(group.bounds)
        room.taken = kept


def _build_in(room: Placement, wall: Material) -> list[Light]:
    """Partition, beams, doors and windows; returns the light of the windows."""
    random, (width, length, height) = room.random, room.size
    lights: list[Light] = []
    if min(width, length) > 3.6 and random.random() < 0.35:
        sx, sy = random.uniform(0.4, 0.36 * width), random.uniform(0.4, 0.36 * length)
        x = sx / 2 if random.random() < 0.5 else width - sx / 2
        y = sy / 2 if random.random() < 0.5 else length - sy / 2
        room.add([box(x, y, 0, sx, sy, height, wall)])
    if random.random() < 0.15:
        room.add(fixtures.beams(random, room.size), 0)
    for _ in range(random.choice([1, 1, 2])):
        parts = fixtures.door(random)
        # Keeps the space in front of the door free.
        if (wall_index := room.try_wall(parts, 0, 0, 0.05)) is not None:
            low, high = room.taken[-1].copy()
            axis, sign = (1, -1, 0, 0)[wall_index % 2], (-1 if wall_index < 2 else 1)
            (low if sign < 0 else high)[axis] += sign * 0.75
            room.taken.append(np.array([low, high]))
    daylight = random.uniform(0.4, 1.3)
    for _ in range(random.choice([0, 1, 1, 2])):
        parts, middle = fixtures.window(random, height)
        if (wall_index := room.try_wall(parts, 0, 0, 0.05)) is not None:
            place = np.array(room.groups[-1].primitives[0].centre)
            inward = np.array([(0, -1), (-1, 0), (0, 1), (1, 0)][wall_index])
            place[:2] += 0.35 * inward
            place[2] = middle + 0.2
            tint = (
                np.array([0.9, 0.97, 1.08])
                if random.random() < 0.7
                else np.array([1.1, 0.95, 0.75])
            )
            if not lights:
                lights.append(Light(place, 3.2 * daylight * tint, 0.45))
    return lights


def _furnish(room: Placement, kind: str) -> None:
    random, area = room.random, room.size[0] * room.size[1]
    along_walls, in_the_middle = _ROOMS[kind]
    for number, builder in enumerate(along_walls):
        if number < 2 or random.random() < min(0.35 + area / 50, 0.9):
            parts = builder(random)
            if number == 0 and builder in _MAY_STAND_FREE and area > 24 and random.random() < 0.25:
                room.try_middle(parts, 0.5, turned=False)
            else:
                room.try_wall(parts, random.choice([0.01, 0.02, 0.06]))
    # Large rooms fill up with more of what belongs to any of them.
    for _ in range(int(area / 8 * random.uniform(0.3, 1))):
        builder = _ANYWHERE[random.integers(len(_ANYWHERE))]
        room.try_wall(builder(random), random.choice([0.01, 0.06, 0.3]))
    for number, builder in enumerate(in_the_middle):
        placed = (number == 0 or random.random() < 0.5) and room.try_middle(builder(random))
        if placed and builder is furniture.table and kind in _WITH_CHAIRS:
            _set_chairs(room, room.groups[-1])
    for _ in range(random.integers(1, 4) + int(area / 20)):
        room.try_middle(furniture.floor_object(random), 0.2)
    for _ in range(random.integers(2, 7)):
        builder = fixtures.picture if random.random() < 0.75 else fixtures.wall_shelf
        bottom = random.uniform(1.2, 1.6)
        parts = builder(random)
        bottom = min(bottom, room.size[2] - Group(tuple(parts)).bounds[1, 2] - 0.1)
        room.try_wall(parts, 0, bottom, 0.06)


def _lay_rug(room: Placement) -> None:
    """Under whatever stands there; flat enough not to count as taken space."""
    random, (width, length, _) = room.random, room.size
    x, y = random.uniform(0.35, 0.65, 2) * [width, length]
    yaw = random.choice([0, np.pi / 2])
    rug = Group(tuple(part.moved(x, y, 0, yaw) for part in fixtures.rug(random)))
    low, high = rug.bounds[:, :2]
    if (low > 0.05).all() and (high < np.array([width, length]) - 0.05).all():
        room.groups.append(rug)


def random_room(seed: int | tuple[int, ...]) -> Scene:
    """Builds a furnished room; the same seed gives the same room.

    Rooms measure 3 to 8 m by 3 to 8 m and are 2.3 to 3.2 m high. The exposure is what a camera
    at a good place in the room would choose, give or take.
    """
    random = np.random.default_rng(seed)
    width, length = 3 + 5 * random.beta(1.3, 1.9, 2)
    size = (float(width), float(length), float(random.uniform(2.3, 3.2)))
    room = Placement(random, size)
    wall = materials.wall(random)
    walls = [wall, wall, wall, wall]
    if random.random() < 0.3:
        walls[random.integers(4)] = materials.accent_wall(random)
    skirting = (
        materials.painted(random, bright=True) if random.random() < 0.6 else materials.wood(random)
    )
    panelled = random.random() < 0.1
    if panelled:
        skirting = materials.wood(random, "planks")

    daylight = _build_in(room, wall)
    _furnish(room, str(random.choice(list(_ROOMS))))
    if random.random() < 0.5:
        _lay_rug(room)

    x, y = width * random.uniform(0.35, 0.65), length * random.uniform(0.35, 0.65)
    lamp, lamp_height = fixtures.ceiling_lamp(random, size[2])
    room.add([part.moved(x, y, 0, 0) for part in lamp], 0.02, casts_shadow=False)
    warmth = random.uniform(0.55, 1)
    glow = np.array([1.0, 0.6 + 0.4 * warmth, warmth]) * random.uniform(0.3, 1.0 if daylight else 2)
    if not daylight:
        glow *= 2
    lights = [
        *daylight,
        Light(np.array([x, y, lamp_height]), 1.6 * glow, random.uniform(0.08, 0.25)),
    ]
    shine = np.sum([light.colour for light in lights], axis=0)
    ambient = random.uniform(0.3, 0.55) * shine / 1.5

    scene = Scene(
        size=size,
        walls=(walls[0], walls[1], walls[2], walls[3]),
        floor=materials.floor(random),
        ceiling=materials.painted(random, str(random.choice(["plain", "paint"])), 2.0, bright=True),
        skirting=skirting,
        skirting_height=float(random.uniform(0.8, 1.1) if panelled else random.uniform(0.05, 0.13)),
        groups=tuple(room.groups),
        lights=tuple(lights),
        ambient=ambient,
        exposure=np.ones(3),
    )
    return dataclasses.replace(scene, exposure=_meter(scene, random))


def _meter(scene: Scene, random: np.random.Generator) -> np.ndarray:
    """Exposure and white balance, like a camera's: right on average, seldom exactly."""
    pose = random_camera(scene, int(random.integers(2**31)))
    linear, _ = render_linear(scene, pose, nyu_intrinsics(_METER_SIZE), _METER_SIZE, shadows=False)
    colour = linear.reshape(-1, 3)
    level = np.minimum(colour, 4 * np.median(colour)).mean(0)
    grey = level.mean()
    # Cameras take out part of the light's colour only.
    balance = (grey / np.maximum(level, 1e-3 * grey)) ** random.uniform(0.3, 0.9)
    balance *= 1 + random.normal(0, 0.03, 3)
    return (random.uniform(0.22, 0.42) / grey * balance).astype(np.float32)
