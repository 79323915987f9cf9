"""Cameras in a room: a photographer's, one carried about, a walk, and the second eye.

Poses are camera-to-world matrices in the OpenCV convention: the camera's x points right, y down,
z forward; the world's z points up.
"""

import numpy as np

from densedepth_tf.data.rooms.rendering.renderer import cast_depth
from densedepth_tf.data.rooms.rendering.scene import Scene
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

CLEARANCE = 0.55
_PATH_CLEARANCE = 0.5
_CARRIED_CLEARANCE = 0.35
_PREVIEW_SIZE = (18, 24)
_STEP = 0.035


def camera_pose(
    position: np.ndarray, yaw: float, pitch: float = 0.0, roll: float = 0.0
) -> np.ndarray:
    """Builds a camera-to-world matrix.

    Args:
        position: (3,), metres.
        yaw: where the camera looks, radians counter-clockwise from the world's x axis.
        pitch: radians, positive looks up.
        roll: radians, positive turns the camera clockwise.

    Returns:
        float64 (4, 4).
    """
    forward = np.array([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    down = np.cross(forward, right)
    pose = np.eye(4)
    pose[:3, 0] = np.cos(roll) * right + np.sin(roll) * down
    pose[:3, 1] = np.cos(roll) * down - np.sin(roll) * right
    pose[:3, 2] = forward
    pose[:3, 3] = position
    return pose


def clearance(scene: Scene, points: np.ndarray) -> np.ndarray:
    """Returns float (N,): metres from points (N, 3) to the nearest surface; 0 inside objects.

    Cylinders and ellipsoids count as the boxes around them, so this is never too large.
    """
    packed = scene.packed
    points = np.asarray(points, np.float64)
    nearest = np.minimum(points, np.array(scene.size) - points).min(-1)
    if len(packed.shape) > 1:
        local = points[:, None] - packed.centre[None, 1:]
        x = packed.cosine[1:] * local[..., 0] + packed.sine[1:] * local[..., 1]
        y = packed.cosine[1:] * local[..., 1] - packed.sine[1:] * local[..., 0]
        gaps = np.abs(np.stack([x, y, local[..., 2]], -1)) - packed.half_size[1:]
        nearest = np.minimum(nearest, np.linalg.norm(np.maximum(gaps, 0), axis=-1).min(1))
    return np.maximum(nearest, 0)


def _free_positions(scene: Scene, random: np.random.Generator, count: int) -> np.ndarray:
    width, length, _ = scene.size
    for _ in range(20):
        points = random.random((160, 3)) * [width, length, 1.0]
        points[:, 2] = np.clip(random.normal(1.4, 0.22, len(points)), 0.8, 1.8)
        points = points[clearance(scene, points) >= CLEARANCE]
        if len(points) >= count:
            # Photographers stand back: prefer places away from the middle.
            away = np.linalg.norm(points[:, :2] / [width, length] - 0.5, axis=1)
            order = np.argsort(-away - random.uniform(0, 0.35, len(points)))
            return points[order[:count]]
    raise ValueError("The room is too full: no place for a camera.")


def _things_in_view(scene: Scene, hit: np.ndarray) -> tuple[int, float]:
    """How many things a preview shows, and the share of its pixels that the largest one takes.

    Args:
        scene: The room.
        hit: int (h, w), what each pixel shows, as of `cast_depth`.
    """
    counts = np.bincount(scene.packed.group[hit].ravel())[1:]
    return int(np.count_nonzero(counts >= 3)), counts.max(initial=0) / hit.size


def random_camera(scene: Scene, seed: int | tuple[int, ...]) -> np.ndarray:
    """Chooses a pose as a person would: 0.8 to 1.8 m high, level give or take, much in view.

    Every surface is at least 0.55 m away from the camera.

    Returns:
        float64 (4, 4), camera to world.

    Raises:
        ValueError: If the room is too full for a camera.
    """
    random = np.random.default_rng(seed)
    width, length, _ = scene.size
    best, best_score = np.eye(4), -np.inf
    for position in _free_positions(scene, random, 5):
        target = np.array([width, length]) * random.uniform(0.25, 0.75, 2)
        yaw = np.arctan2(*(target - position[:2])[::-1]) + random.normal(0, 0.25)
        pitch = np.clip(random.normal(-0.17, 0.12), -0.5, 0.2)
        pose = camera_pose(position, yaw, pitch, np.clip(random.normal(0, 0.03), -0.1, 0.1))
        depth, hit = cast_depth(scene, pose, nyu_intrinsics(_PREVIEW_SIZE), _PREVIEW_SIZE)
        objects = hit > 0
        variety, largest = _things_in_view(scene, hit)
        score = min(objects.mean(), 0.5) + 0.07 * min(variety, 7) - 1.2 * max(largest - 0.28, 0)
        contrast: float = min(depth.std() / depth.mean(), 0.6)
        middle: float = min(np.median(depth), 4)
        score += 0.25 * contrast + 0.06 * middle
        score += random.uniform(0, 0.15)
        if score > best_score:
            best, best_score = pose, score
        if score > 0.85:
            break
    return best


def hand_held_camera(scene: Scene, seed: int | tuple[int, ...]) -> np.ndarray:
    """Chooses a pose of a camera that is carried about, as on a phone video or a robot.

    It is 0.6 to 1.9 m high, looks anywhere from 55 degrees down to 20 degrees up, tilted by up to
    17, and near things too: every surface is at least 0.35 m away. Networks that have seen
    photographers' views alone take a table seen from above for nearer than it is (Zhao et al.
    2021 find the same of real photographs).

    Returns:
        float64 (4, 4), camera to world.

    Raises:
        ValueError: If the room is too full for a camera.
    """
    random = np.random.default_rng(seed)
    width, length, _ = scene.size
    points = random.random((400, 3)) * [width, length, 1.0]
    points[:, 2] = np.clip(random.normal(1.4, 0.3, len(points)), 0.6, 1.9)
    points = points[clearance(scene, points) >= _CARRIED_CLEARANCE]
    if not len(points):
        raise ValueError("The room is too full: no place for a camera.")
    best, best_score = np.eye(4), -np.inf
    for position in points[:6]:
        pitch = np.radians(random.uniform(-55, 20))
        roll = np.clip(random.normal(0, 0.1), -0.3, 0.3)
        pose = camera_pose(position, random.uniform(0, 2 * np.pi), pitch, roll)
        depth, hit = cast_depth(scene, pose, nyu_intrinsics(_PREVIEW_SIZE), _PREVIEW_SIZE)
        # Several things rather than one wall, and not all of it at arm's length.
        variety, largest = _things_in_view(scene, hit)
        score = 0.1 * min(variety, 4) - max(largest - 0.5, 0) - (np.median(depth) < 0.6)
        score += random.uniform(0, 0.15)
        if score > best_score:
            best, best_score = pose, score
        if score > 0.3:
            break
    return best


def camera_path(scene: Scene, num_frames: int, seed: int | tuple[int, ...] = 0) -> np.ndarray:
    """Walks through a room with the camera in hand.

    Consecutive frames are at most 4 cm and about 2 degrees apart, and every surface stays at
    least 0.4 m away.

    Returns:
        float64 (num_frames, 4, 4), camera to world.

    Raises:
        ValueError: If `num_frames` is not positive, or the room is too full for a camera.
    """
    if num_frames < 1:
        raise ValueError(f"`num_frames` must be at least 1. Received: {num_frames}")
    random = np.random.default_rng(seed)
    start = random_camera(scene, int(random.integers(2**31)))
    position, forward = start[:3, 3].copy(), start[:3, 2]
    yaw = np.arctan2(forward[1], forward[0])
    pitch, height = np.arcsin(forward[2]), position[2]
    heading = yaw + random.normal(0, 0.6)
    phases, rates = random.uniform(0, 2 * np.pi, 6), random.uniform(0.6, 1.4, 6)

    def sway(index: int, frame: int, period: float) -> float:
        return np.sin(2 * np.pi * frame / period * rates[index] + phases[index]) - np.sin(
            phases[index]
        )

    positions, angles = [], []
    for frame in range(num_frames):
        positions.append(position)
        angles.append(
            (
                yaw + 0.35 * sway(0, frame, 110) + 0.03 * sway(1, frame, 25),
                np.clip(pitch + 0.05 * sway(2, frame, 60), -0.55, 0.25),
                0.02 * sway(3, frame, 40),
            )
        )
        heading += random.normal(0, 0.06)
        # Turns away from what comes near, by as little as is needed.
        for turn in (0, 0.2, -0.2, 0.4, -0.4, 0.8, -0.8, 1.2, -1.2, 1.8, -1.8, 2.5, -2.5, np.pi):
            step = _STEP * np.array([np.cos(heading + turn), np.sin(heading + turn), 0])
            ahead = position + np.array([[1.0], [4.0]]) * step
            ahead[:, 2] = height + 0.015 * sway(4, frame + 1, 30)
            if (clearance(scene, ahead) >= _PATH_CLEARANCE).all():
                heading += turn
                position = ahead[0]
                break
    # Averaging over 5 frames rounds the corners; it moves a point by less than 7 cm.
    padded = np.pad(np.array(positions), ((2, 2), (0, 0)), mode="edge")
    smooth = np.sum([padded[k : k + num_frames] for k in range(5)], axis=0) / 5
    return np.stack(
        [camera_pose(place, *angle) for place, angle in zip(smooth, angles, strict=True)]
    )


def stereo_partner(camera_to_world: np.ndarray, baseline: float = 0.1) -> np.ndarray:
    """Returns the pose (4, 4), or poses (..., 4, 4), `baseline` metres to the camera's right.

    With equal intrinsics a point at depth z moves left by fx * baseline / z pixels.
    """
    partner = np.array(camera_to_world, np.float64)
    partner[..., :3, 3] += baseline * partner[..., :3, 0]
    return partner
