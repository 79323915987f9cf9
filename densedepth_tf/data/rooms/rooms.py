"""Procedural furnished rooms: endless RGB images with exact depth in metres, from a seed.

    scene = random_room(7)
    pose = random_camera(scene, seed=7)
    rgb, depth = render(scene, pose, nyu_intrinsics((240, 320)), (240, 320))
    walk = camera_path(scene, num_frames=100, seed=7)
    right_eye, _ = render(scene, stereo_partner(pose, 0.1), nyu_intrinsics((240, 320)), (240, 320))

Conventions (OpenCV): poses are camera to world; the camera's x points right, y down, z forward;
the world's z points up with the floor at z = 0; metres. Depth is measured along the optical axis.
"""

import numpy as np
from typing_extensions import override

from densedepth_tf.data.datasets import SPLITS, check_split
from densedepth_tf.data.rooms.rendering.renderer import render
from densedepth_tf.data.rooms.rendering.scene import Scene
from densedepth_tf.data.rooms.scene.layout import random_room
from densedepth_tf.data.rooms.scene.viewpoints import (
    camera_path,
    camera_pose,
    clearance,
    hand_held_camera,
    random_camera,
    stereo_partner,
)
from densedepth_tf.data.sample import Sample
from densedepth_tf.data.source import DepthSource
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics
from densedepth_tf.geometry.cameras.lens import check_lenses, intrinsics_from_focal_length

__all__ = [
    "RoomsSource",
    "Scene",
    "camera_path",
    "camera_pose",
    "clearance",
    "hand_held_camera",
    "random_camera",
    "random_room",
    "render",
    "room_seed",
    "stereo_partner",
]

_CAMERA, _PATH, _LENS, _VIEW = 1, 2, 3, 4
_ENDLESS = 2**31


def room_seed(split: str, seed: int, index: int) -> tuple[int, int, int]:
    """Returns what `random_room` takes for a room of a split; no two splits share one.

    Raises:
        ValueError: If the split is unknown or the seed negative.
    """
    check_split(split)
    if seed < 0:
        raise ValueError(f"The seed of rooms must not be negative. Received: {seed}")
    return (seed, SPLITS.index(split), index)


def check_hand_held(share: float) -> None:
    """Raises ValueError for what is no share of rooms."""
    if not 0 <= share <= 1:
        raise ValueError(f"`hand_held` is a share in 0..1. Received: {share}")


def room_camera(scene: Scene, room: tuple[int, int, int], hand_held: float = 0.0) -> np.ndarray:
    """Returns the pose (4, 4) of the one photograph taken of a room.

    Args:
        scene: The room.
        room: Its seed, see `room_seed`.
        hand_held: The share of rooms that are seen by a camera that is carried about.
    """
    carried = np.random.default_rng((*room, _VIEW)).random() < hand_held
    return (hand_held_camera if carried else random_camera)(scene, (*room, _CAMERA))


def path_seed(room: tuple[int, int, int]) -> tuple[int, ...]:
    """Returns the seed of the walk through a room."""
    return (*room, _PATH)


class RoomsSource(DepthSource):
    """Photographs of rooms, every index a different room; rendered when asked for.

    Args:
        split: "train", "validation" or "test"; a room of one never appears in another.
        num_images: how many rooms; None for ever new ones, without end.
        image_size: (H, W).
        seed: another seed, other rooms.
        supersampling: 1 draws hard edges, faster; 2 smooth ones.
        lenses: the shortest and the longest focal length in image widths, e.g. `lens.LENSES`;
            each room is seen through one between them, every zoom as likely as another. None
            takes the intrinsics of NYU Depth v2 resized to `image_size` for all.
        hand_held: the share of rooms that a camera sees that is carried about
            (`hand_held_camera`), from 0 to 1; the others are seen as photographers do.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        split: str,
        num_images: int | None,
        image_size: tuple[int, int] = (240, 320),
        seed: int = 0,
        supersampling: int = 2,
        lenses: tuple[float, float] | None = None,
        hand_held: float = 0.0,
    ):
        room_seed(split, seed, 0)
        self.endless = num_images is None
        num_images = _ENDLESS if num_images is None else num_images
        if num_images < 1 or min(image_size) < 1:
            raise ValueError(
                "Rooms need at least one image of at least one pixel. "
                f"Received: num_images={num_images}, image_size={image_size}"
            )
        if lenses is not None:
            check_lenses("lenses", lenses)
        check_hand_held(hand_held)
        self.title = f"rooms/{split}"
        self._size = (image_size[0], image_size[1])
        self.image_size = self._size
        self._split, self._seed, self._num_images = split, seed, num_images
        self._supersampling, self._lenses, self._hand_held = supersampling, lenses, hand_held

    def __len__(self) -> int:
        return self._num_images

    @override
    def sample_name(self, index: int) -> str:
        return f"{self.title}/{self.check_index(index):05d}"

    def __getitem__(self, index: int) -> Sample:
        index = self.check_index(index)
        room = room_seed(self._split, self._seed, index)
        scene = random_room(room)
        intrinsics = self._intrinsics(room)
        image, depth = render(
            scene,
            room_camera(scene, room, self._hand_held),
            intrinsics,
            self._size,
            supersampling=self._supersampling,
            seed=index,
        )
        return {
            "image": image,
            "depth": depth[..., np.newaxis],
            "name": self.sample_name(index),
            "intrinsics": intrinsics,
        }

    def _intrinsics(self, room: tuple[int, int, int]) -> np.ndarray:
        """The camera of a room's photograph, float32 (3, 3)."""
        if self._lenses is None:
            return nyu_intrinsics(self._size)
        shortest, longest = np.log(self._lenses)
        random = np.random.default_rng((*room, _LENS))
        focal_length = float(np.exp(random.uniform(shortest, longest)))
        return intrinsics_from_focal_length(focal_length, self._size)
