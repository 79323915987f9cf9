"""Draws a scene from any camera: uint8 RGB and exact depth along the optical axis."""

import numpy as np

from densedepth_tf.data.rooms.rendering import shading
from densedepth_tf.data.rooms.rendering.ray_casting import (
    Vectors,
    first_hit,
    screen_rectangles,
    vectors,
)
from densedepth_tf.data.rooms.rendering.scene import Scene
from densedepth_tf.data.rooms.rendering.surface import locate

_TILE = 4
_OCCLUSION_REACH = 0.5


def camera_rays(
    camera_to_world: np.ndarray, intrinsics: np.ndarray, u: np.ndarray, v: np.ndarray
) -> Vectors:
    """Returns world directions of length 1 along the optical axis: three arrays like `u`.

    Args:
        camera_to_world: (4, 4); the camera looks along +z, x is right, y is down.
        intrinsics: (3, 3) pixels.
        u: pixel columns; the centre of the top left pixel is (0, 0).
        v: pixel rows.
    """
    fx, fy, cx, cy = intrinsics[0, 0], intrinsics[1, 1], intrinsics[0, 2], intrinsics[1, 2]
    x, y = (u - cx) / fx, (v - cy) / fy
    rotation = camera_to_world[:3, :3]
    return vectors(
        (row[0] * x + row[1] * y + row[2]).astype(np.float32) for row in rotation.astype(np.float64)
    )


def cast_depth(
    scene: Scene, camera_to_world: np.ndarray, intrinsics: np.ndarray, image_size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns depth float32 (H, W) in metres and int16 (H, W) primitive indices, 0 = the room."""
    v, u = np.mgrid[0 : image_size[0], 0 : image_size[1]]
    rectangles = screen_rectangles(
        scene.packed.bounds[1:], np.linalg.inv(camera_to_world), intrinsics, image_size
    )
    rays = camera_rays(camera_to_world, intrinsics, u, v)
    return first_hit(scene.packed, camera_to_world[:3, 3].astype(np.float32), rays, rectangles)


def render_linear(
    scene: Scene,
    camera_to_world: np.ndarray,
    intrinsics: np.ndarray,
    image_size: tuple[int, int],
    *,
    supersampling: int = 1,
    shadows: bool = True,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Like `render`, but returns float32 (H, W, 3) radiance before exposure, and the depth."""
    height, width = image_size
    camera_to_world = np.asarray(camera_to_world, np.float64)
    intrinsics = np.asarray(intrinsics, np.float64)
    random = np.random.default_rng(seed)
    packed, origin = scene.packed, camera_to_world[:3, 3].astype(np.float32)
    focal = float(intrinsics[0, 0])
    v, u = np.mgrid[0:height, 0:width]
    rays = camera_rays(camera_to_world, intrinsics, u, v)
    world_to_camera = np.linalg.inv(camera_to_world)
    rectangles = screen_rectangles(packed.bounds[1:], world_to_camera, intrinsics, image_size)
    depth, hit = first_hit(packed, origin, rays, rectangles)

    surface = locate(
        packed,
        scene.skirting_height,
        origin,
        vectors(axis.ravel() for axis in rays),
        depth.ravel(),
        hit.ravel(),
        focal,
        random.random(depth.size, dtype=np.float32),
    )
    # Neighbouring pixels look at different points of a light; a filter over the 4x4 pixels of
    # the pattern that lie on the same face turns this into soft shadows.
    pattern = (v % _TILE * _TILE + u % _TILE).ravel()
    lights = shading.light_visibility(scene, surface, pattern, shadows)
    keys = surface.key.reshape(image_size)
    if shadows:
        lights = [
            (_average_same_face(visible.reshape(image_size), keys).ravel(), toward, distance)
            for visible, toward, distance in lights
        ]
    near = packed.group_bounds + np.array([[-1], [1]]) * _OCCLUSION_REACH
    nearby = screen_rectangles(near, world_to_camera, intrinsics, image_size)
    ambient = shading.occlusion(packed, scene.size, surface, nearby, image_size)
    linear = shading.shade(scene, surface, lights, ambient).reshape(height, width, 3)

    if supersampling > 1:
        rows, columns = np.nonzero(_edges(keys))
        steps = (np.arange(supersampling) + 0.5) / supersampling - 0.5
        du, dv = (axis.ravel()[:, None] for axis in np.meshgrid(steps, steps))
        rays = camera_rays(camera_to_world, intrinsics, columns + du, rows + dv)
        # Sorted by rows: a rectangle of the image is a range of columns here.
        ranges = np.zeros_like(rectangles)
        ranges[:, 1] = len(du)
        ranges[:, 2] = np.searchsorted(rows, rectangles[:, 0] - 1)
        ranges[:, 3] = np.searchsorted(rows, rectangles[:, 1] + 1)
        ranges[rectangles[:, 0] >= rectangles[:, 1]] = 0
        t, hit = first_hit(packed, origin, rays, ranges)
        samples = locate(
            packed,
            scene.skirting_height,
            origin,
            vectors(axis.ravel() for axis in rays),
            t.ravel(),
            hit.ravel(),
            focal,
            random.random(t.size, dtype=np.float32),
        )
        points = random.integers(0, shading.NUM_LIGHT_POINTS, t.size)
        lights = shading.light_visibility(scene, samples, points, shadows)
        ambient = shading.occlusion(packed, scene.size, samples)
        colours = shading.shade(scene, samples, lights, ambient)
        linear[rows, columns] = colours.reshape(len(du), -1, 3).mean(0)
    return linear, depth


def render(
    scene: Scene,
    camera_to_world: np.ndarray,
    intrinsics: np.ndarray,
    image_size: tuple[int, int],
    *,
    supersampling: int = 1,
    shadows: bool = True,
    noise: float = 1.0,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Photographs a scene.

    Args:
        scene: the room, of `random_room`.
        camera_to_world: (4, 4) rigid pose in the OpenCV convention: the camera's x points right,
            y down, z forward; the world's z points up. Metres.
        intrinsics: (3, 3) in pixels; the centre of the top left pixel is (0, 0).
        image_size: (H, W).
        supersampling: 2 or more draws pixels at edges with that many samples in each direction.
            The depth is always that of the ray through the centre of the pixel.
        shadows: False to leave out shadow rays, for speed.
        noise: strength of the sensor noise; 0 for none.
        seed: of the noise.

    Returns:
        RGB uint8 (H, W, 3), and depth float32 (H, W): metres along the optical axis.

    Raises:
        ValueError: If the camera is outside the room.
    """
    position = np.asarray(camera_to_world)[:3, 3]
    if not np.all((position > 0) & (position < scene.size)):
        raise ValueError(
            f"The camera must be inside the room of {scene.size} metres. Received: {position}"
        )
    linear, depth = render_linear(
        scene,
        camera_to_world,
        intrinsics,
        image_size,
        supersampling=supersampling,
        shadows=shadows,
        seed=seed,
    )
    return _develop(linear, scene.exposure, noise, np.random.default_rng([seed, 1])), depth


def _average_same_face(values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Averages over 4x4 neighbourhoods, but only over pixels of the same face."""
    height, width = values.shape
    pad = ((1, _TILE - 2), (1, _TILE - 2))
    values = np.pad(values, pad)
    padded_keys = np.pad(keys, pad, constant_values=-1)
    total, count = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for row in range(_TILE):
        for column in range(_TILE):
            window = np.s_[row : row + height, column : column + width]
            same = padded_keys[window] == keys
            total += values[window] * same
            count += same
    return total / count


def _edges(keys: np.ndarray) -> np.ndarray:
    edges = np.zeros(keys.shape, bool)
    across, down = keys[:, 1:] != keys[:, :-1], keys[1:] != keys[:-1]
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    edges[1:] |= down
    edges[:-1] |= down
    return edges


def _develop(
    linear: np.ndarray, exposure: np.ndarray, noise: float, random: np.random.Generator
) -> np.ndarray:
    """Lens fall-off, exposure, a soft shoulder, gamma and noise: what a phone does to light."""
    height, width = linear.shape[:2]
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None]
    fall_off = (1 - 0.09 * (x * x + y * y)).astype(np.float32)
    signal = linear * (fall_off[..., None] * exposure.astype(np.float32))
    # Square root for gamma; the exponential keeps lamps and windows from clipping hard.
    image = np.sqrt(np.float32(1.04) * (1 - np.exp(-1.25 * signal)))
    if noise > 0:
        grain = random.standard_normal((height, width, 1), dtype=np.float32)
        colour = random.standard_normal(linear.shape, dtype=np.float32)
        image += np.float32(noise) * (np.float32(0.009) * grain + np.float32(0.007) * colour)
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
