"""The colour of surface points: texture, light, soft shadows and occlusion near other things."""

import numpy as np

from densedepth_tf.data.rooms.rendering.ray_casting import Vectors, is_shadowed, vectors
from densedepth_tf.data.rooms.rendering.scene import PackedScene, Scene
from densedepth_tf.data.rooms.rendering.surface import Surface
from densedepth_tf.data.rooms.rendering.texture_atlas import texture_atlas

NUM_LIGHT_POINTS = 16
_LIFT = np.float32(0.003)
# Of one light and N points: visibility (N,), unit directions, distance (N,) in metres.
LightSeen = tuple[np.ndarray, Vectors, np.ndarray]


def _light_points() -> np.ndarray:
    random = np.random.default_rng(0)
    directions = random.standard_normal((NUM_LIGHT_POINTS, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    radii = ((np.arange(NUM_LIGHT_POINTS) + 0.5) / NUM_LIGHT_POINTS) ** (1 / 3)
    return (random.permutation(radii)[:, None] * directions).astype(np.float32)


LIGHT_POINTS = _light_points()


def light_visibility(
    scene: Scene, surface: Surface, light_point: np.ndarray, shadows: bool
) -> list[LightSeen]:
    """Returns for every light its visibility (N,) in {0, 1}, unit directions and distance (N,).

    Args:
        scene: the room.
        surface: N points.
        light_point: int (N,), which of the `LIGHT_POINTS` of a light each point looks at.
        shadows: False to leave out the shadow rays.
    """
    (x, y, z), (nx, ny, nz) = surface.points, surface.normals
    lifted = (x + _LIFT * nx, y + _LIFT * ny, z + _LIFT * nz)
    result = []
    for light in scene.lights:
        offset = light.position.astype(np.float32) + np.float32(light.radius) * LIGHT_POINTS
        to_light = vectors(offset[light_point, axis] - lifted[axis] for axis in range(3))
        facing = nx * to_light[0] + ny * to_light[1] + nz * to_light[2]
        visible = (facing > 0).astype(np.float32)
        lit = np.flatnonzero(visible)
        if shadows and lit.size:
            visible[lit] = ~is_shadowed(
                scene.packed,
                vectors(axis[lit] for axis in lifted),
                vectors(axis[lit] for axis in to_light),
            )
        centre = tuple(light.position.astype(np.float32)[axis] - lifted[axis] for axis in range(3))
        distance = np.sqrt(sum(axis * axis for axis in centre)) + np.float32(1e-6)
        result.append((visible, vectors(axis / distance for axis in centre), distance))
    return result


def occlusion(
    scene: PackedScene,
    room_size: tuple[float, float, float],
    surface: Surface,
    rectangles: np.ndarray | None = None,
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """Returns (N,) in [0, 1]: ambient light left near walls' corners and beside other groups.

    Args:
        scene: the packed room.
        room_size: (width, length, height).
        surface: N points; N = H * W row by row if `rectangles` are given.
        rectangles: (groups, 4), where each group's neighbourhood is on the screen.
        size: (H, W), with `rectangles`.
    """
    x, y, z = surface.points
    light = np.ones(x.shape, np.float32)
    reach = np.float32(1 / 0.35)
    normals = surface.normals
    for axis, place in enumerate((x, y, z)):
        # A plane occludes what faces it; a wall does not occlude itself.
        low = np.exp(-reach * place) * np.clip(1 - normals[axis], 0, 1)
        high = np.exp(-reach * (np.float32(room_size[axis]) - place))
        light *= 1 - 0.38 * low - 0.38 * high * np.clip(1 + normals[axis], 0, 1)
    group = scene.group[surface.primitive]
    shape = size or (1, x.size)
    for index, (low, high) in enumerate(scene.group_bounds):
        window = np.s_[:, :]
        if rectangles is not None:
            top, bottom, left, right = rectangles[index]
            window = np.s_[top:bottom, left:right]
        px, py, pz, other = (array.reshape(shape)[window] for array in (x, y, z, group))
        if px.size == 0:
            continue
        (lx, ly, lz), (mx, my, mz) = low, high
        gap = np.maximum(np.maximum(lx - px, px - mx), 0) ** 2
        gap += np.maximum(np.maximum(ly - py, py - my), 0) ** 2
        gap += np.maximum(np.maximum(lz - pz, pz - mz), 0) ** 2
        extent = np.float32(np.clip(0.35 * np.min(high - low), 0.02, 0.22))
        shade = 1 - np.float32(0.5) * np.exp(-np.sqrt(gap) / extent)
        target = light.reshape(shape)[window]
        np.multiply(target, shade, out=target, where=other != index + 1)
    return light


def shade(
    scene: Scene, surface: Surface, lights: list[LightSeen], ambient: np.ndarray
) -> np.ndarray:
    """Returns linear RGB float32 (N, 3), before exposure.

    Args:
        scene: the room.
        surface: N points.
        lights: of `light_visibility`, its visibilities filtered or not.
        ambient: (N,), of `occlusion`.
    """
    packed, material = scene.packed, surface.material
    atlas = texture_atlas()
    shares = atlas.sample(packed.texture[material], surface.u, surface.v, surface.level)
    palette = packed.palette[material]
    albedo = shares[:, :1] * palette[:, 0]
    albedo += shares[:, 1:2] * palette[:, 1]
    albedo += shares[:, 2:] * palette[:, 2]
    nx, ny, nz = surface.normals
    # Floor and ceiling light reaches walls less than what lies flat.
    sky = ambient * (np.float32(0.85) + np.float32(0.15) * nz)
    total = sky[:, None] * scene.ambient.astype(np.float32)
    highlight = np.zeros_like(total)
    gloss = packed.gloss[material]
    glossy = np.flatnonzero(gloss)
    for light, (visible, (lx, ly, lz), distance) in zip(scene.lights, lights, strict=True):
        cosine = np.maximum(nx * lx + ny * ly + nz * lz, 0)
        strength = visible * cosine / (1 + np.float32(0.16) * distance * distance)
        # Where a surface is lit it is less occluded than its surroundings suggest.
        strength *= np.float32(0.35) + np.float32(0.65) * ambient
        colour = light.colour.astype(np.float32)
        total += strength[:, None] * colour
        if glossy.size:
            half = [
                direction[glossy] + toward[glossy]
                for direction, toward in zip((lx, ly, lz), surface.toward, strict=True)
            ]
            length = np.sqrt(sum(axis * axis for axis in half)) + np.float32(1e-6)
            normals = (axis[glossy] for axis in surface.normals)
            dot = sum(n * h for n, h in zip(normals, half, strict=True)) / length
            peak = gloss[glossy] * visible[glossy] * np.maximum(dot, 0) ** 48
            highlight[glossy] += peak[:, None] * colour
    total += packed.emission[material][:, None]
    return albedo * total + highlight
