"""How fast rooms are rendered on one core, beside the target of 10 frames/s at 240x320.

    python benchmarks/rooms.py [--rooms 15]

A frame includes furnishing the room and choosing the camera. "every ray" is the baseline in the
same run: the same caster without rectangles, in which every primitive meets every pixel.
"""

import argparse
import statistics
import time

import numpy as np

from densedepth_tf.data.rooms.rendering.ray_casting import first_hit
from densedepth_tf.data.rooms.rendering.renderer import camera_rays, cast_depth
from densedepth_tf.data.rooms.rooms import random_camera, random_room, render
from densedepth_tf.geometry.cameras.intrinsics import nyu_intrinsics

TARGET = 10.0
SIZES = ((120, 160), (240, 320), (480, 640))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rooms", type=int, default=15, help="frames per size")
    num_rooms = parser.parse_args().rooms
    print(f"{'size':>9} {'edges':>7} {'frames/s':>9} {'of target':>10} {'casting / every ray':>20}")
    for size in SIZES:
        for supersampling in (1, 2):
            frame, cast, every = [], [], []
            for seed in range(-2, num_rooms):
                times = _time_room(seed + 2, size, supersampling)
                if seed >= 0:  # the first two warm up
                    for collected, seconds in zip((frame, cast, every), times, strict=True):
                        collected.append(seconds)
            rate = 1 / statistics.median(frame)
            ratio = statistics.median(every) / statistics.median(cast)
            edges = "smooth" if supersampling > 1 else "hard"
            shown = f"{size[0]}x{size[1]}"
            print(f"{shown:>9} {edges:>7} {rate:9.1f} {rate / TARGET:9.2f}x {ratio:19.1f}x")


def _time_room(seed: int, size: tuple[int, int], supersampling: int) -> tuple[float, ...]:
    intrinsics = nyu_intrinsics(size)
    start = time.perf_counter()
    scene = random_room(seed)
    pose = random_camera(scene, seed)
    render(scene, pose, intrinsics, size, supersampling=supersampling, seed=seed)
    frame = time.perf_counter() - start
    start = time.perf_counter()
    cast_depth(scene, pose, intrinsics, size)
    cast = time.perf_counter() - start
    v, u = np.mgrid[0 : size[0], 0 : size[1]]
    rays = camera_rays(pose, intrinsics, u, v)
    start = time.perf_counter()
    first_hit(scene.packed, pose[:3, 3].astype(np.float32), rays)
    return frame, cast, time.perf_counter() - start


if __name__ == "__main__":
    main()
