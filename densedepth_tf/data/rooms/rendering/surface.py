"""Where rays ended: points, normals, materials and texture coordinates."""

import dataclasses

import numpy as np

from densedepth_tf.data.rooms.rendering.ray_casting import Vectors
from densedepth_tf.data.rooms.rendering.scene import BOX, CYLINDER, PackedScene
from densedepth_tf.data.rooms.rendering.textures import SIZE


@dataclasses.dataclass
class Surface:
    """Where N rays ended: flat float32 arrays.

    Attributes:
        points: world x, y, z.
        normals: world x, y, z, towards the camera's side.
        toward: unit vectors from the points to the camera.
        primitive: int16 index.
        key: int32, differs between the faces of all primitives.
        material: int16 index.
        u, v: texture coordinates in repetitions.
        level: int32 mip level.
    """

    points: Vectors
    normals: Vectors
    toward: Vectors
    primitive: np.ndarray
    key: np.ndarray
    material: np.ndarray
    u: np.ndarray
    v: np.ndarray
    level: np.ndarray


def locate(
    scene: PackedScene,
    skirting_height: float,
    origin: np.ndarray,
    directions: Vectors,
    t: np.ndarray,
    primitive: np.ndarray,
    focal: float,
    dither: np.ndarray,
) -> Surface:
    """Finds normals, materials and texture coordinates of hits; all arrays are flat.

    Args:
        scene: the packed room.
        skirting_height: metres.
        origin: float32 (3,), the camera.
        directions: three (N,) arrays.
        t: (N,), from `first_hit`.
        primitive: (N,), from `first_hit`.
        focal: focal length in pixels, for the footprint of a pixel.
        dither: (N,) in [0, 1), blends neighbouring mip levels.
    """
    dx, dy, dz = directions
    points = (origin[0] + t * dx, origin[1] + t * dy, origin[2] + t * dz)
    cx, cy, cz = scene.centre.T[:, primitive]
    hx, hy, hz = scene.half_size.T[:, primitive]
    cosine, sine = scene.cosine[primitive], scene.sine[primitive]
    x, y, z = points[0] - cx, points[1] - cy, points[2] - cz
    x, y = cosine * x + sine * y, cosine * y - sine * x
    ux, uy, uz = x / hx, y / hy, z / hz

    shape = scene.shape[primitive]
    ax, ay, az = np.abs(ux), np.abs(uy), np.abs(uz)
    is_x, is_z = (ax >= ay) & (ax >= az), (az > ay) & (az > ax)
    is_y = ~(is_x | is_z)
    face = np.where(is_x, 0, np.where(is_y, 2, 4)).astype(np.int16)
    face += np.where(is_x, ux > 0, np.where(is_y, uy > 0, uz > 0))
    nx, ny, nz = np.copysign(is_x, ux), np.copysign(is_y, uy), np.copysign(is_z, uz)
    u, v = np.where(is_x, y, x), np.where(is_z, y, -z)
    width, height = np.where(is_x, hy, hx), np.where(is_z, hy, hz)

    curved = np.flatnonzero(shape != BOX)
    if curved.size:
        side = (shape[curved] != CYLINDER) | (az[curved] < 0.99999)
        side &= (shape[curved] != CYLINDER) | (ux[curved] ** 2 + uy[curved] ** 2 > 0.9999)
        rows = curved[side]
        angle = np.arctan2(y[rows], x[rows])
        nx[rows], ny[rows] = ux[rows] / hx[rows], uy[rows] / hy[rows]
        nz[rows] = np.where(shape[rows] == CYLINDER, 0, uz[rows] / hz[rows])
        length = np.sqrt(nx[rows] ** 2 + ny[rows] ** 2 + nz[rows] ** 2)
        nx[rows], ny[rows], nz[rows] = nx[rows] / length, ny[rows] / length, nz[rows] / length
        u[rows], width[rows] = angle * hx[rows], np.pi * hx[rows]
        v[rows], height[rows] = -z[rows], hz[rows]
        face[rows] = 0
        caps = curved[~side]
        nx[caps], ny[caps], nz[caps] = 0, 0, np.sign(uz[caps])
        face[caps] = np.where(uz[caps] > 0, 5, 4)

    is_room = primitive == 0
    flip = np.where(is_room, np.float32(-1), np.float32(1))
    nx, ny = flip * (cosine * nx - sine * ny), flip * (sine * nx + cosine * ny)
    nz = nz * flip
    material = scene.face_material[primitive, face]
    low = is_room & (face < 4) & (points[2] < skirting_height)
    material[low] = scene.skirting_material

    repeat = scene.repeat[material]
    stretched = repeat == 0
    u = np.where(stretched, np.clip(u / (2 * width) + 0.5, 0.004, 0.996), u / (repeat + stretched))
    v = np.where(stretched, np.clip(v / (2 * height) + 0.5, 0.004, 0.996), v / (repeat + stretched))
    repeat = np.where(stretched, 2 * np.sqrt(width * height), repeat)

    ray = 1 / np.sqrt(dx * dx + dy * dy + dz * dz)
    toward = (-dx * ray, -dy * ray, -dz * ray)
    facing = np.maximum(nx * toward[0] + ny * toward[1] + nz * toward[2], 0.02)
    # Between the long (1 / facing) and the short axis of the footprint: sharp, little aliasing.
    footprint = t * np.float32(SIZE / focal) / (repeat * np.sqrt(facing))
    level = np.log2(np.maximum(footprint, 0.1)) + dither - 0.3
    return Surface(
        points=points,
        normals=(nx, ny, nz),
        toward=toward,
        primitive=primitive,
        key=primitive.astype(np.int32) * 8 + face,
        material=material,
        u=u,
        v=v,
        level=np.floor(level).astype(np.int32),
    )
