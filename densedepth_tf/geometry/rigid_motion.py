"""Rigid motions on tensors: rotation vector and translation <-> 4x4 matrix, and the inverse.

Convention: a motion `T`, `(..., 4, 4)`, takes points of one camera to another as columns,
p' = R p + t with T = ((R, t), (0, 1)). Both cameras have x right, y down, z forward. An axis-angle
vector points along the axis and is as long as the angle in radians; seen with the axis pointing
at the eye the turn is counter-clockwise (right-hand rule). Everything is float32 whatever the
dtype policy, differentiable, and without matrix products, which GPUs may round to 10 bits (TF32).
"""

from keras import ops

from densedepth_tf.geometry.tensor import Tensor

# Below this squared angle the quotients of sines are replaced by their series.
_SMALL = 1e-6


def rigid_motion(axis_angle: Tensor, translation: Tensor) -> Tensor:
    """The matrix of a rotation followed by a translation.

    Args:
        axis_angle: Tensor `(..., 3)`, radians.
        translation: Tensor `(..., 3)`, in the unit of depth.

    Returns:
        float32 tensor `(..., 4, 4)`. Its slopes are finite for every rotation, zero included.
    """
    translation = ops.cast(translation, "float32")
    upper = ops.concatenate([rotation_matrix(axis_angle), translation[..., None]], axis=-1)
    return _with_last_row(upper)


def rotation_matrix(axis_angle: Tensor) -> Tensor:
    """The rotation by an axis-angle vector (Rodrigues' formula).

    R = cos(a) I + sin(a)/a [w]x + (1 - cos(a))/a^2 w w^T for a vector w of length a.

    Args:
        axis_angle: Tensor `(..., 3)`, radians.

    Returns:
        float32 tensor `(..., 3, 3)`.
    """
    vector = ops.cast(axis_angle, "float32")
    squared = ops.sum(vector * vector, axis=-1)
    small = squared < _SMALL
    angle = ops.sqrt(ops.where(small, 1.0, squared))  # no root of 0: its slope is infinite
    half = ops.sin(angle / 2) / angle
    sine = ops.where(small, 1 - squared / 6, ops.sin(angle) / angle)
    versine = ops.where(small, 0.5 - squared / 24, 2 * half * half)
    cosine = 1 - versine * squared
    x, y, z = vector[..., 0], vector[..., 1], vector[..., 2]
    xy, xz, yz = versine * x * y, versine * x * z, versine * y * z
    rows = (
        (cosine + versine * x * x, xy - sine * z, xz + sine * y),
        (xy + sine * z, cosine + versine * y * y, yz - sine * x),
        (xz - sine * y, yz + sine * x, cosine + versine * z * z),
    )
    return ops.stack([ops.stack(row, axis=-1) for row in rows], axis=-2)


def motion_parameters(motion: Tensor) -> tuple[Tensor, Tensor]:
    """The axis-angle vector and the translation of a motion: undoes `rigid_motion`.

    Args:
        motion: Tensor `(..., 4, 4)`.

    Returns:
        Two float32 tensors `(..., 3)`: the axis-angle vector, 0 to pi radians long (at pi either
        of the two vectors that mean the same turn), and the translation.
    """
    motion = ops.cast(motion, "float32")
    return axis_angle(motion[..., :3, :3]), motion[..., :3, 3]


def axis_angle(rotation: Tensor) -> Tensor:
    """The axis-angle vector of a rotation matrix, by way of its quaternion.

    4 q q^T is linear in the matrix; any of its four columns is a multiple of the quaternion q, and
    the longest is never short, so that neither 0 nor pi needs a case of its own.

    Args:
        rotation: Tensor `(..., 3, 3)`.

    Returns:
        float32 tensor `(..., 3)`, 0 to pi radians long.
    """
    r = ops.cast(rotation, "float32")
    xx, yy, zz = r[..., 0, 0], r[..., 1, 1], r[..., 2, 2]
    wx, wy, wz = (r[..., i, j] - r[..., j, i] for i, j in ((2, 1), (0, 2), (1, 0)))
    xy, xz, yz = (r[..., i, j] + r[..., j, i] for i, j in ((0, 1), (0, 2), (1, 2)))
    columns = (
        (1 + xx + yy + zz, wx, wy, wz),
        (wx, 1 + xx - yy - zz, xy, xz),
        (wy, xy, 1 - xx + yy - zz, yz),
        (wz, xz, yz, 1 - xx - yy + zz),
    )
    columns = ops.stack([ops.stack(column, axis=-1) for column in columns], axis=-1)
    lengths = ops.sum(ops.square(columns), axis=-2)
    longest = ops.cast(ops.one_hot(ops.argmax(lengths, axis=-1), 4), "float32")
    quaternion = ops.sum(columns * longest[..., None, :], axis=-1)
    quaternion = quaternion / ops.sqrt(ops.sum(ops.square(quaternion), axis=-1, keepdims=True))
    # q and -q are one turn: the one with a real part above 0 turns by pi at most.
    quaternion = ops.where(quaternion[..., :1] < 0, -quaternion, quaternion)
    real, vector = quaternion[..., :1], quaternion[..., 1:]
    squared = ops.sum(ops.square(vector), axis=-1, keepdims=True)
    small = squared < _SMALL
    sine = ops.sqrt(ops.where(small, 1.0, squared))
    return vector * ops.where(small, 2 + squared / 3, 2 * ops.arctan2(sine, real) / sine)


def inverse_motion(motion: Tensor) -> Tensor:
    """The motion back: (R, t) becomes (R^T, -R^T t).

    Args:
        motion: Tensor `(..., 4, 4)`, a rigid motion.

    Returns:
        float32 tensor `(..., 4, 4)`.
    """
    motion = ops.cast(motion, "float32")
    rotation, translation = motion[..., :3, :3], motion[..., :3, 3]
    back = -ops.sum(rotation * translation[..., None], axis=-2)
    return _with_last_row(
        ops.concatenate([ops.swapaxes(rotation, -1, -2), back[..., None]], axis=-1)
    )


def _with_last_row(upper: Tensor) -> Tensor:
    """`(..., 3, 4)` to `(..., 4, 4)`."""
    zeros = ops.zeros_like(upper[..., :1, :3])
    last = ops.concatenate([zeros, ops.ones_like(zeros[..., :1])], axis=-1)
    return ops.concatenate([upper, last], axis=-2)
