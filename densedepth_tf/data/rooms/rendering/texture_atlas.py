"""All textures and their mip levels in one flat array, sampled for every pixel at once."""

import functools

import numpy as np

from densedepth_tf.data.rooms.rendering import face_textures  # noqa: F401 (registers its textures)
from densedepth_tf.data.rooms.rendering.textures import SIZE, TEXTURES

NUM_LEVELS = SIZE.bit_length()


class TextureAtlas:
    """Mip-mapped square textures of `SIZE` texels, each texel packed into one uint32.

    Attributes:
        names: the textures, in the order of their index.
    """

    def __init__(self) -> None:
        self.names = tuple(TEXTURES)
        texels, offsets, total = [], [], 0
        for name in self.names:
            level = np.clip(TEXTURES[name](), 0, 1).astype(np.float32)
            row = []
            for _ in range(NUM_LEVELS):
                packed = np.zeros((*level.shape[:2], 4), np.uint8)
                packed[..., :3] = np.rint(level * 255)
                texels.append(packed.view(np.uint32).ravel())
                row.append(total)
                total += texels[-1].size
                level = level[::2, ::2] + level[1::2, ::2] + level[::2, 1::2] + level[1::2, 1::2]
                level = level / 4
                if len(level) == 0:
                    break
            offsets.append(row)
        self._texels = np.concatenate(texels)
        self._offsets = np.array(offsets, np.int32)

    def index(self, name: str) -> int:
        """Returns the index of a texture; raises ValueError for an unknown name."""
        if name not in self.names:
            raise ValueError(f"Unknown texture; known: {', '.join(self.names)}. Received: '{name}'")
        return self.names.index(name)

    def sample(
        self, texture: np.ndarray, u: np.ndarray, v: np.ndarray, level: np.ndarray
    ) -> np.ndarray:
        """Samples bilinearly within a mip level.

        Args:
            texture: int (N,), indices.
            u: float32 (N,), in repetitions, wrapping around; rightwards.
            v: float32 (N,), downwards.
            level: int32 (N,), 0 = full size; clipped.

        Returns:
            float32 (N, 3), palette shares or linear RGB in [0, 1].
        """
        level = np.clip(level, 0, NUM_LEVELS - 1).astype(np.int32)
        size = np.int32(SIZE) >> level
        base = self._offsets[texture, level]
        x = u * size - np.float32(0.5)
        y = v * size - np.float32(0.5)
        floor_x, floor_y = np.floor(x), np.floor(y)
        x -= floor_x
        y -= floor_y
        mask = size - 1
        left, top = floor_x.astype(np.int32) & mask, floor_y.astype(np.int32) & mask
        right = (left + 1) & mask
        bottom = base + ((top + 1) & mask) * size
        top = base + top * size
        total = np.zeros((len(x), 4), np.float32)
        for index, weight in (
            (top + left, (1 - x) * (1 - y)),
            (top + right, x * (1 - y)),
            (bottom + left, (1 - x) * y),
            (bottom + right, x * y),
        ):
            total += self._texels[index].view(np.uint8).reshape(-1, 4) * weight[:, None]
        return total[:, :3] * np.float32(1 / 255)


@functools.cache
def texture_atlas() -> TextureAtlas:
    """Returns the one atlas of this process, drawn on first use (about a second)."""
    return TextureAtlas()
