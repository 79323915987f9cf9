"""Boxes, cylinders and ellipsoids by the measures furniture is built with: full sizes in metres."""

from densedepth_tf.data.rooms.rendering.scene import BOX, CYLINDER, SPHERE, Material, Primitive


def box(
    x: float,
    y: float,
    bottom: float,
    width: float,
    depth: float,
    height: float,
    material: Material,
    *,
    yaw: float = 0.0,
    front: Material | None = None,
    top: Material | None = None,
) -> Primitive:
    """A box by the centre of its bottom face and its full size."""
    half = (width / 2, depth / 2, height / 2)
    return Primitive(BOX, (x, y, bottom + height / 2), half, material, yaw, front, top)


def cylinder(
    x: float, y: float, bottom: float, radius: float, height: float, material: Material
) -> Primitive:
    """An upright cylinder by the centre of its bottom face."""
    half = (radius, radius, height / 2)
    return Primitive(CYLINDER, (x, y, bottom + height / 2), half, material)


def ellipsoid(
    x: float, y: float, z: float, width: float, depth: float, height: float, material: Material
) -> Primitive:
    """An ellipsoid by its centre and full size."""
    return Primitive(SPHERE, (x, y, z), (width / 2, depth / 2, height / 2), material)
