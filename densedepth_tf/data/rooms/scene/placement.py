"""Places furniture in a room, along its walls or in the middle, so that nothing overlaps."""

import numpy as np

from densedepth_tf.data.rooms.rendering.scene import Group, Primitive


class Placement:
    """A room being furnished: what stands in it, and the space that is taken.

    Attributes:
        random: decides.
        size: (width, length, height) of the room.
        groups: what was placed.
        taken: bounds (2, 3) of what was placed and of what must stay free.
    """

    def __init__(self, random: np.random.Generator, size: tuple[float, float, float]):
        self.random, self.size = random, size
        self.groups: list[Group] = []
        self.taken: list[np.ndarray] = []

    def is_free(self, bounds: np.ndarray, margin: float) -> bool:
        """Whether bounds (2, 3) lie in the room, `margin` away from all that is taken."""
        limit = np.array(self.size) + 0.001
        if (bounds[0] < -0.001).any() or (bounds[1] > limit).any():
            return False
        return all(
            (bounds[1] + margin <= other[0]).any() or (other[1] + margin <= bounds[0]).any()
            for other in self.taken
        )

    def add(self, parts: list[Primitive], margin: float = 0.03, casts_shadow: bool = True) -> bool:
        """Adds primitives given in world coordinates if there is space for them."""
        group = Group(tuple(parts), casts_shadow)
        if not self.is_free(group.bounds, margin):
            return False
        self.groups.append(group)
        self.taken.append(group.bounds)
        return True

    def at_wall(
        self, parts: list[Primitive], wall: int, along: float, gap: float, bottom: float
    ) -> list[Primitive]:
        """Turns primitives' backs to a wall, `gap` off it, in the middle of a share of it."""
        width, length, _ = self.size
        back = Group(tuple(parts)).bounds[1, 1] + gap
        x, y, yaw = (
            (along * width, length - back, 0),
            (width - back, along * length, -np.pi / 2),
            (along * width, back, np.pi),
            (back, along * length, np.pi / 2),
        )[wall]
        return [part.moved(x, y, bottom, yaw) for part in parts]

    def try_wall(
        self, parts: list[Primitive], gap: float = 0.02, bottom: float = 0.0, margin: float = 0.03
    ) -> int | None:
        """Places primitives somewhere along a wall; returns which, or None."""
        half = Group(tuple(parts)).bounds[1, 0]
        for _ in range(12):
            wall = int(self.random.integers(4))
            share = half / self.size[wall % 2]
            if share >= 0.5:
                continue
            # Into the corner at times, as furniture stands.
            along = self.random.choice([share + 0.004, 1 - share - 0.004, -1])
            if along < 0 or self.random.random() < 0.5:
                along = self.random.uniform(share, 1 - share)
            if self.add(self.at_wall(parts, wall, along, gap, bottom), margin):
                return wall
        return None

    def try_middle(self, parts: list[Primitive], margin: float = 0.3, turned: bool = True) -> bool:
        """Places primitives away from the walls."""
        width, length, _ = self.size
        for _ in range(10):
            yaw = self.random.integers(4) * np.pi / 2
            if turned:
                yaw += self.random.normal(0, 0.3) * (self.random.random() < 0.6)
            x, y = self.random.uniform(0.2, 0.8) * width, self.random.uniform(0.2, 0.8) * length
            if self.add([part.moved(x, y, 0, yaw) for part in parts], margin):
                return True
        return False
