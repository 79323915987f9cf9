"""What a room is made of: materials, primitives in groups, lights; and their packed arrays.

World convention: right-handed, metres, z up; the floor is z = 0 and the room fills
[0, width] x [0, length] x [0, height] of x, y, z. Colours are linear RGB.
"""

import dataclasses
import functools

import numpy as np

from densedepth_tf.data.rooms.rendering.texture_atlas import texture_atlas

BOX, CYLINDER, SPHERE = 0, 1, 2


@dataclasses.dataclass(frozen=True, eq=False)
class Material:
    """A texture in up to three colours.

    Attributes:
        texture: name in the texture atlas.
        palette: (3, 3), one colour per row; the identity for textures that are images.
        repeat: metres per repetition; 0 stretches the texture over each face.
        emission: how much it shines by itself.
        gloss: strength of the highlight.
    """

    texture: str
    palette: np.ndarray
    repeat: float = 1.0
    emission: float = 0.0
    gloss: float = 0.0


@dataclasses.dataclass(frozen=True, eq=False)
class Primitive:
    """A box, an upright cylinder (elliptic allowed) or an ellipsoid, turned about the vertical.

    Attributes:
        shape: BOX, CYLINDER or SPHERE.
        centre: (x, y, z).
        half_size: (x, y, z), before turning.
        yaw: radians, counter-clockwise seen from above.
        material: of every face that has none of its own.
        front: of the face towards local -y, else None.
        top: of the face towards local +z, else None.
    """

    shape: int
    centre: tuple[float, float, float]
    half_size: tuple[float, float, float]
    material: Material
    yaw: float = 0.0
    front: Material | None = None
    top: Material | None = None

    def moved(self, x: float, y: float, z: float, yaw: float) -> "Primitive":
        """Returns it turned about the origin by `yaw`, then shifted."""
        cosine, sine = np.cos(yaw), np.sin(yaw)
        px, py, pz = self.centre
        centre = (cosine * px - sine * py + x, sine * px + cosine * py + y, pz + z)
        return dataclasses.replace(self, centre=centre, yaw=self.yaw + yaw)

    def bounds(self) -> np.ndarray:
        """(2, 3): lowest and highest x, y, z."""
        cosine, sine = abs(np.cos(self.yaw)), abs(np.sin(self.yaw))
        hx, hy, hz = self.half_size
        extent = np.array([cosine * hx + sine * hy, sine * hx + cosine * hy, hz])
        return np.array([self.centre - extent, self.centre + extent])


@dataclasses.dataclass(frozen=True, eq=False)
class Group:
    """Primitives that belong together, a chair for instance.

    Attributes:
        primitives: at least one.
        casts_shadow: False for lamps around a light.
    """

    primitives: tuple[Primitive, ...]
    casts_shadow: bool = True

    @functools.cached_property
    def bounds(self) -> np.ndarray:
        """(2, 3): lowest and highest x, y, z."""
        every = np.array([primitive.bounds() for primitive in self.primitives])
        return np.array([every[:, 0].min(0), every[:, 1].max(0)])


@dataclasses.dataclass(frozen=True, eq=False)
class Light:
    """A small round light: position and radius in metres, colour with its strength."""

    position: np.ndarray
    colour: np.ndarray
    radius: float


@dataclasses.dataclass(frozen=True, eq=False)
class Scene:
    """A furnished, lit room; immutable, so that threads can share it.

    Attributes:
        size: (width, length, height) in metres.
        walls: materials of the walls at x = 0, x = width, y = 0, y = length.
        floor, ceiling: their materials.
        skirting: material of the walls below `skirting_height` metres.
        groups: the furniture.
        lights: what casts the shadows.
        ambient: (3,), light from everywhere.
        exposure: (3,), gains of the camera with its white balance.
    """

    size: tuple[float, float, float]
    walls: tuple[Material, Material, Material, Material]
    floor: Material
    ceiling: Material
    skirting: Material
    skirting_height: float
    groups: tuple[Group, ...]
    lights: tuple[Light, ...]
    ambient: np.ndarray
    exposure: np.ndarray

    @functools.cached_property
    def packed(self) -> "PackedScene":
        """The same as arrays, made on first use."""
        return PackedScene(self)


class PackedScene:
    """A scene as float32 arrays over primitives (0 is the room itself), groups and materials."""

    def __init__(self, scene: Scene):
        size = np.array(scene.size)
        room = Primitive(BOX, tuple(size / 2), tuple(size / 2), scene.floor)
        primitives = [room]
        materials = [*scene.walls, scene.floor, scene.ceiling, scene.skirting]
        known = {id(material): index for index, material in enumerate(materials)}
        faces = [[0, 1, 2, 3, 4, 5]]
        self.group_slices: list[slice] = []

        def add(material: Material) -> int:
            if id(material) not in known:
                known[id(material)] = len(materials)
                materials.append(material)
            return known[id(material)]

        for group in scene.groups:
            self.group_slices.append(
                slice(len(primitives), len(primitives) + len(group.primitives))
            )
            for primitive in group.primitives:
                side = add(primitive.material)
                front = add(primitive.front or primitive.material)
                faces.append(
                    [side, side, front, side, side, add(primitive.top or primitive.material)]
                )
                primitives.append(primitive)

        yaw = np.array([primitive.yaw for primitive in primitives])
        self.shape = np.array([primitive.shape for primitive in primitives], np.int8)
        self.centre = np.array([primitive.centre for primitive in primitives], np.float32)
        self.half_size = np.array([primitive.half_size for primitive in primitives], np.float32)
        self.cosine = np.cos(yaw).astype(np.float32)
        self.sine = np.sin(yaw).astype(np.float32)
        self.group = np.zeros(len(primitives), np.int16)
        for index, members in enumerate(self.group_slices):
            self.group[members] = index + 1
        self.bounds = np.array([primitive.bounds() for primitive in primitives], np.float32)
        self.group_bounds = np.array([group.bounds for group in scene.groups], np.float32).reshape(
            -1, 2, 3
        )
        self.casts_shadow = [group.casts_shadow for group in scene.groups]
        # Faces in the order -x, +x, -y, +y, -z, +z; the room's are seen from inside.
        self.face_material = np.array(faces, np.int16)
        self.skirting_material = known[id(scene.skirting)]
        atlas = texture_atlas()
        self.texture = np.array([atlas.index(m.texture) for m in materials], np.int32)
        self.palette = np.array([m.palette for m in materials], np.float32)
        self.repeat = np.array([m.repeat for m in materials], np.float32)
        self.emission = np.array([m.emission for m in materials], np.float32)
        self.gloss = np.array([m.gloss for m in materials], np.float32)
