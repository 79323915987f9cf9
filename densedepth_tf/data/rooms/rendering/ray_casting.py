"""Where rays meet boxes, upright cylinders and ellipsoids: first hits and shadows.

Every primitive is mapped onto a unit cube, cylinder or sphere; that keeps the parameter t of a
ray origin + t * direction. Directions have length 1 along the optical axis, hence t is the depth
along it (z-depth), not the distance along the ray.
"""

from collections.abc import Iterable

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import BOX, CYLINDER, PackedScene

_TINY = np.float32(1e-12)
_FAR = np.float32(1e30)
Vectors = tuple[np.ndarray, np.ndarray, np.ndarray]


def vectors(axes: Iterable[np.ndarray]) -> Vectors:
    """Three arrays of world x, y and z as `Vectors`."""
    x, y, z = axes
    return x, y, z


def to_unit(scene: PackedScene, index: int, xyz: Vectors, is_point: bool) -> Vectors:
    """Maps world points or directions into the frame where primitive `index` has unit size."""
    x, y, z = xyz
    if is_point:
        cx, cy, cz = scene.centre[index]
        x, y, z = x - cx, y - cy, z - cz
    cosine, sine = scene.cosine[index], scene.sine[index]
    hx, hy, hz = scene.half_size[index]
    if abs(sine) > 1e-6:
        x, y = x * (cosine / hx) + y * (sine / hx), y * (cosine / hy) - x * (sine / hy)
        return x, y, z * (1 / hz)
    return x * (cosine / hx), y * (cosine / hy), z * (1 / hz)


def _slab(origin: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inverse = 1 / np.where(np.abs(direction) < _TINY, _TINY, direction)
    middle, width = -origin * inverse, np.abs(inverse)
    return middle - width, middle + width


def _round(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Roots of a t^2 + 2 b t + c; an empty interval where there are none."""
    inverse = 1 / np.maximum(a, _TINY)
    square = b * b - a * c
    root = np.sqrt(np.maximum(square, 0)) * inverse
    middle = -b * inverse
    return np.where(square < 0, _FAR, middle - root), np.where(square < 0, -_FAR, middle + root)


def interval(shape: int, origin: Vectors, direction: Vectors) -> tuple[np.ndarray, np.ndarray]:
    """Returns t on entering and on leaving a unit shape; entering > leaving is a miss."""
    ox, oy, oz = origin
    dx, dy, dz = direction
    if shape == BOX:
        (x0, x1), (y0, y1) = _slab(ox, dx), _slab(oy, dy)
        near, far = np.maximum(x0, y0), np.minimum(x1, y1)
    elif shape == CYLINDER:
        near, far = _round(dx * dx + dy * dy, ox * dx + oy * dy, ox * ox + oy * oy - 1)
    else:
        return _round(
            dx * dx + dy * dy + dz * dz,
            ox * dx + oy * dy + oz * dz,
            ox * ox + oy * oy + oz * oz - 1,
        )
    z0, z1 = _slab(oz, dz)
    return np.maximum(near, z0), np.minimum(far, z1)


def screen_rectangles(
    bounds: np.ndarray, world_to_camera: np.ndarray, intrinsics: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Returns int (n, 4) rows top, bottom, left, right that hold the boxes `bounds` (n, 2, 3).

    A box that crosses the camera plane gets the whole image; one behind it an empty rectangle.
    """
    height, width = size
    corners = np.stack(
        [bounds[:, [i, j, k], [0, 1, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)], 1
    )
    points = corners @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
    depth = points[..., 2]
    in_front = depth > 0.05
    pixels = points @ intrinsics.T
    pixels = pixels[..., :2] / np.where(in_front, depth, 1)[..., None]
    low = np.clip(np.floor(pixels.min(1)), 0, [width, height])
    high = np.clip(np.ceil(pixels.max(1)) + 1, 0, [width, height])
    rectangles = np.stack([low[:, 1], high[:, 1], low[:, 0], high[:, 0]], 1)
    crossing = ~in_front.all(1)
    rectangles[crossing] = [0, height, 0, width]
    rectangles[~in_front.any(1)] = 0
    return rectangles.astype(int)


def first_hit(
    scene: PackedScene,
    origin: np.ndarray,
    directions: Vectors,
    rectangles: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest surface of every ray.

    Args:
        scene: the packed room.
        origin: float32 (3,), inside the room.
        directions: three float32 (H, W) arrays, world x, y, z.
        rectangles: (n, 4) of `screen_rectangles` for the primitives 1..n, or None to test all
            rays against all of them.

    Returns:
        t float32 (H, W) in metres along the optical axis, and int16 (H, W) primitive indices.
    """
    start = vectors(origin)
    _, t = interval(BOX, to_unit(scene, 0, start, True), to_unit(scene, 0, directions, False))
    hit = np.zeros(t.shape, np.int16)
    for index in range(1, len(scene.shape)):
        window = np.s_[:, :]
        if rectangles is not None:
            top, bottom, left, right = rectangles[index - 1]
            if top >= bottom or left >= right:
                continue
            window = np.s_[top:bottom, left:right]
        rays = vectors(axis[window] for axis in directions)
        near, far = interval(
            int(scene.shape[index]),
            to_unit(scene, index, start, True),
            to_unit(scene, index, rays, False),
        )
        nearest = t[window]
        closer = (near <= far) & (near > 0) & (near < nearest)
        np.copyto(nearest, near, where=closer)
        hit[window][closer] = index
    return t, hit


def is_shadowed(scene: PackedScene, points: Vectors, to_light: Vectors) -> np.ndarray:
    """Returns bool (N,): whether anything stands between points and their light.

    Args:
        scene: the packed room.
        points: three float32 (N,) arrays, lifted a little off their surface.
        to_light: three float32 (N,) arrays, light minus point.
    """
    shadowed = np.zeros(points[0].shape, bool)
    inverse = tuple(1 / np.where(np.abs(d) < _TINY, _TINY, d) for d in to_light)
    for group, members in enumerate(scene.group_slices):
        if not scene.casts_shadow[group]:
            continue
        near, far = np.zeros(1, np.float32), np.ones(1, np.float32)
        for axis in range(3):
            low, high = scene.group_bounds[group, :, axis]
            first = (low - points[axis]) * inverse[axis]
            second = (high - points[axis]) * inverse[axis]
            near = np.maximum(near, np.minimum(first, second))
            far = np.minimum(far, np.maximum(first, second))
        candidates = np.flatnonzero((near < far) & ~shadowed)
        if candidates.size == 0:
            continue
        start = vectors(axis[candidates] for axis in points)
        step = vectors(axis[candidates] for axis in to_light)
        blocked = np.zeros(candidates.shape, bool)
        for index in range(members.start, members.stop):
            near, far = interval(
                int(scene.shape[index]),
                to_unit(scene, index, start, True),
                to_unit(scene, index, step, False),
            )
            blocked |= np.maximum(near, 0) < np.minimum(far, 1)
        shadowed[candidates] = blocked
    return shadowed
