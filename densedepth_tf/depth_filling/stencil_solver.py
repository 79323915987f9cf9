"""Exact solution of linear equations whose unknowns are pixels that know their 8 neighbours.

A multifrontal LU factorisation on the `dissection` of the grid. What a general sparse solver finds
out about the pattern of its matrix is known here beforehand, and all arithmetic is products and
inverses of stacks of small dense matrices, which NumPy hands to BLAS and LAPACK.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from densedepth_tf.depth_filling.affinity import OFFSETS
from densedepth_tf.depth_filling.dissection import (
    LEAF,
    BlockKind,
    Split,
    dissect,
    leaf_of,
    splitting_lines,
)

# Blocks up to this size are finished one after the other, to stay within the processor's cache.
TILE = 127


class _Elimination:
    """Eliminated pixels: x[pixels] = (factors @ [x[ring], -1])."""

    def __init__(self, pixels: np.ndarray, ring: np.ndarray, factors: np.ndarray):
        self.pixels, self.ring, self.factors = pixels, ring, factors

    def solve(self, x: np.ndarray) -> None:
        known = -self.factors[..., -1]
        if self.ring.shape[-1]:
            known += (self.factors[..., :-1] @ x[self.ring][..., np.newaxis])[..., 0]
        x[self.pixels] = known


def solve_stencil(stencil: np.ndarray, right: np.ndarray, threads: int = 1) -> np.ndarray:
    """Solves `sum_k stencil[k, y, x] * solution[(y, x) + OFFSETS[k]] = right[y, x]`.

    No rows are exchanged between blocks, so the matrix should be diagonally dominant. Time grows
    with the number of pixels to the power 1.5 at most, memory with it times its logarithm.

    Args:
        stencil: float64 (9, H, W), planes as `affinity.OFFSETS`; 0 for neighbours outside.
        right: float64 (H, W).
        threads: Tiles eliminated at the same time; the result does not depend on it.

    Returns:
        float64 (H, W).

    Raises:
        numpy.linalg.LinAlgError: If the equations have no unique solution.
    """
    height, width = right.shape
    stencil, right = _shared_out(stencil, right)
    eliminated: list[_Elimination] = []

    def finish_tile(kind: BlockKind, origin: np.ndarray) -> tuple[np.ndarray, list[_Elimination]]:
        inside: list[_Elimination] = []

        def finish_leaves(leaf: BlockKind, origins: np.ndarray) -> np.ndarray:
            remaining, done = _eliminate_leaves(leaf, origins, stencil, right, width)
            inside.append(done)
            return remaining

        return _eliminate(kind, LEAF, width, origin, finish_leaves, inside), inside

    def finish_tiles(kind: BlockKind, origins: np.ndarray) -> np.ndarray:
        tiles = list(run(finish_tile, [kind] * len(origins), origins))
        for _, inside in tiles:
            eliminated.extend(inside)
        return np.concatenate([remaining for remaining, _ in tiles])

    image = BlockKind(height, width, top=False, bottom=False, left=False, right=False)
    with ThreadPoolExecutor(threads) as pool:
        run = map if threads == 1 else pool.map
        _eliminate(image, TILE, width, 0, finish_tiles, eliminated)
    solution = np.empty(height * width)
    for elimination in reversed(eliminated):
        elimination.solve(solution)
    return solution.reshape(height, width)


def _shared_out(stencil: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flat copies in which what belongs to several leaves is divided among them.

    A pixel on a splitting line belongs to the leaves on either side, so their dense matrices are
    given half of it each; where they are summed, on the way up, they give the whole again.
    """
    stencil, right = stencil.copy(), right.copy()
    rows, columns = (splitting_lines(length) for length in right.shape)
    for plane, (dy, dx) in enumerate(OFFSETS):
        if dy == 0:
            stencil[plane, rows] *= 0.5
        if dx == 0:
            stencil[plane][:, columns] *= 0.5
    right[rows] *= 0.5
    right[:, columns] *= 0.5
    return stencil.reshape(-1), right.reshape(-1)


def _eliminate(
    kind: BlockKind,
    leaf: int,
    width: int,
    origin: int | np.ndarray,
    finish: Callable[[BlockKind, np.ndarray], np.ndarray],
    eliminated: list[_Elimination],
) -> np.ndarray:
    """Eliminates the inside of a block; gives the equations of its ring, (1, R, R + 1).

    Args:
        kind: The block's size and where the image ends at it.
        leaf: Side of the parts that `finish` sees to, in pixels.
        width: Of the image.
        origin: The position of the block's first pixel.
        finish: Does the same for parts of `leaf` x `leaf` pixels, of one kind, at these origins.
        eliminated: Gets what was eliminated here, in this order.
    """
    below: dict[BlockKind, np.ndarray] = {}
    for level in reversed(dissect(kind, leaf, width)):
        here = {}
        for part, blocks in level.items():
            origins = blocks.origins + origin
            if blocks.split is None:
                here[part] = finish(part, origins)
                continue
            split = blocks.split
            first, second = below[split.first][blocks.first], below[split.second][blocks.second]
            here[part], factors = _merge(split, first, second)
            eliminated.append(_Elimination(origins + split.line, origins + split.ring, factors))
        below = here
    return below[kind]


def _eliminate_leaves(
    kind: BlockKind, origins: np.ndarray, stencil: np.ndarray, right: np.ndarray, width: int
) -> tuple[np.ndarray, _Elimination]:
    leaf = leaf_of(kind, width)
    inside, size = leaf.num_inside, leaf.num_pixels
    entries = np.zeros((len(origins), size * (size + 1)))
    entries[:, leaf.entry] = stencil.take(origins + (leaf.plane * right.size + leaf.pixel))
    matrices = entries.reshape(-1, size, size + 1)
    pixels = origins + leaf.pixels
    matrices[..., -1] = right.take(pixels)
    inverse = np.linalg.inv(matrices[:, :inside, :inside])
    factors = inverse @ -matrices[:, :inside, inside:]
    remaining = matrices[:, inside:, :inside] @ factors
    remaining += matrices[:, inside:, inside:]
    return remaining, _Elimination(pixels[:, :inside], pixels[:, inside:], factors)


def _merge(split: Split, first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums the equations of two blocks' rings, and eliminates the line between the blocks.

    Args:
        split: How the block falls into the two.
        first: Of the first block's ring, (N, R, R + 1), the last column the right-hand side.
        second: Of the second block's, likewise.

    Returns:
        The equations of the new ring, (N, R, R + 1), and the factors of the line.
    """
    num_blocks, line, ring = len(first), len(split.line), len(split.ring)
    on_first, on_second = split.on_line
    line_to_line = first[:, on_first, on_first] + second[:, on_second, on_second]
    line_to_ring = np.zeros((num_blocks, line, ring + 1))
    ring_to_line = np.zeros((num_blocks, ring, line))
    parts = list(zip((first, second), split.on_line, split.on_ring, strict=True))
    for part, on_line, on_ring in parts:
        for old, new in on_ring:
            line_to_ring[:, :, new] -= part[:, on_line, old]
            ring_to_line[:, new] += part[:, old, on_line]
        line_to_ring[..., -1] -= part[:, on_line, -1]
    factors = np.linalg.inv(line_to_line) @ line_to_ring
    remaining = ring_to_line @ factors
    for part, _, on_ring in parts:
        for old, new in on_ring:
            for old_column, new_column in on_ring:
                remaining[:, new, new_column] += part[:, old, old_column]
            remaining[:, new, -1] += part[:, old, -1]
    return remaining, factors
