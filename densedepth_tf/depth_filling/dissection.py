"""Nested dissection of a pixel grid: in which order the unknowns of a 3x3 stencil are eliminated.

A block is a rectangle of pixels (its inside) and the one-pixel ring around it, less what lies
outside the image. A line of pixels splits a block into two, down to leaves of a few pixels, and
eliminating goes the other way (George, "Nested Dissection of a Regular Finite Element Mesh",
1973). Which pixels meet where depends on a block's size and sides alone, its `BlockKind`: blocks
of a kind are treated together, as one stack of small dense matrices.
"""

import functools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from densedepth_tf.depth_filling.affinity import OFFSETS

# Leaves are at most this high and wide; splitting lines lie on multiples of it.
LEAF = 4
# Parts of more leaves than this, along one side, are multiples of it.
GRAIN = 16
Pixel = tuple[int, int]
Runs = list[tuple[slice, slice]]


class BlockKind(NamedTuple):
    """Size of a block's inside, and which of its sides have a ring (are not the image's border)."""

    height: int
    width: int
    top: bool
    bottom: bool
    left: bool
    right: bool

    def ring(self) -> list[Pixel]:
        """The ring's pixels, clockwise from the top left corner, relative to the inside."""
        columns = range(-self.left, self.width + self.right)
        pixels = [(-1, x) for x in columns] if self.top else []
        pixels += [(y, self.width) for y in range(self.height)] if self.right else []
        pixels += [(self.height, x) for x in reversed(columns)] if self.bottom else []
        return pixels + ([(y, -1) for y in reversed(range(self.height))] if self.left else [])

    def fits(self, size: int) -> bool:
        """Whether the inside is at most `size` high and wide."""
        return max(self.height, self.width) <= size


class Split:
    """How a block comes from two: the line between them is eliminated, the ring remains.

    Attributes:
        first, second: Kinds of the upper or left block and of the other.
        shift: Where the second's inside begins.
        line, ring: Positions (row * image width + column) relative to the block's.
        on_line: For either block, where the line's pixels are in its ring.
        on_ring: For either block, runs of its ring that remain, and where in the new ring.
    """

    def __init__(self, kind: BlockKind, image_width: int):
        height, width = kind.height, kind.width
        if width >= height:
            at = _first_part(width)
            self.first = kind._replace(width=at, right=True)
            self.second = kind._replace(width=width - at - 1, left=True)
            self.shift, line = (0, at + 1), [(y, at) for y in range(height)]
        else:
            at = _first_part(height)
            self.first = kind._replace(height=at, bottom=True)
            self.second = kind._replace(height=height - at - 1, top=True)
            self.shift, line = (at + 1, 0), [(at, x) for x in range(width)]
        ring = kind.ring()
        self.line, self.ring = _positions(line, image_width), _positions(ring, image_width)
        in_line = {pixel: index for index, pixel in enumerate(line)}
        in_ring = {pixel: index for index, pixel in enumerate(ring)}
        self.on_line: list[slice] = []
        self.on_ring: list[Runs] = []
        for child, (down, right) in ((self.first, (0, 0)), (self.second, self.shift)):
            pixels = [(y + down, x + right) for y, x in child.ring()]
            # Going round the second block, the line is met in the other direction.
            (old, _), *more = _runs((i, in_line[p]) for i, p in enumerate(pixels) if p in in_line)
            if more:
                last = more[-1][0].stop - 1
                old = slice(last, old.start - 1 if old.start else None, -1)
            self.on_line.append(old)
            self.on_ring.append(
                _runs((i, in_ring[p]) for i, p in enumerate(pixels) if p in in_ring)
            )


class Leaf:
    """The dense matrix of a leaf: its inside, which is eliminated, then its ring.

    Attributes:
        num_inside, num_pixels: Number of pixels inside, and with the ring.
        pixels: Positions relative to the block's.
        plane, pixel, entry: Plane of the stencil, row's position and place in the flattened
            (num_pixels, num_pixels + 1) matrix of every entry that is not 0.
    """

    def __init__(self, kind: BlockKind, image_width: int):
        inside = [(y, x) for y in range(kind.height) for x in range(kind.width)]
        pixels = inside + kind.ring()
        index = {pixel: i for i, pixel in enumerate(pixels)}
        self.num_inside, self.num_pixels = len(inside), len(pixels)
        self.pixels = _positions(pixels, image_width)
        entries = [
            (plane, row, index[y, x] * (len(pixels) + 1) + index[y + dy, x + dx])
            for plane, (dy, dx) in enumerate(OFFSETS)
            for (y, x), row in zip(pixels, self.pixels, strict=True)
            if (y + dy, x + dx) in index
        ]
        self.plane, self.pixel, self.entry = np.array(entries).T


class Level(NamedTuple):
    """Blocks of one kind at one depth of the tree.

    Attributes:
        split: How they come from the level below; None for leaves.
        origins: Positions of their first pixels, (N, 1).
        first, second: Where their parts lie among the blocks of `split.first` and `split.second`.
    """

    split: Split | None
    origins: np.ndarray
    first: slice
    second: slice


@functools.lru_cache(64)
def dissect(kind: BlockKind, leaf: int, image_width: int) -> list[dict[BlockKind, Level]]:
    """Splits a block until its parts fit into `leaf` x `leaf` pixels; levels from the top down."""
    levels: list[dict[BlockKind, Level]] = []
    blocks = {kind: [(0, 0)]}
    while blocks:
        level: dict[BlockKind, Level] = {}
        parts: dict[BlockKind, list[tuple[int, int]]] = {}
        for kind_, origins in blocks.items():
            positions = _positions(origins, image_width)[:, np.newaxis]
            if kind_.fits(leaf):
                level[kind_] = Level(None, positions, slice(0), slice(0))
                continue
            split = _split(kind_, image_width)
            down, right = split.shift
            shifted = [(y + down, x + right) for y, x in origins]
            first = _append(parts.setdefault(split.first, []), origins)
            second = _append(parts.setdefault(split.second, []), shifted)
            level[kind_] = Level(split, positions, first, second)
        levels.append(level)
        blocks = parts
    return levels


@functools.lru_cache(64)
def leaf_of(kind: BlockKind, image_width: int) -> Leaf:
    """The `Leaf` of a kind."""
    return Leaf(kind, image_width)


@functools.lru_cache(16)
def splitting_lines(length: int) -> np.ndarray:
    """Rows, or columns, of an image of this length that lie on the ring of some leaf."""
    if length <= LEAF:
        return np.zeros(0, np.intp)
    at = _first_part(length)
    after = splitting_lines(length - at - 1) + at + 1
    return np.concatenate([splitting_lines(at), [at], after])


@functools.lru_cache(512)
def _split(kind: BlockKind, image_width: int) -> Split:
    return Split(kind, image_width)


def _first_part(length: int) -> int:
    """Length of the first of two parts; both hold pixels if `length` exceeds a leaf's.

    Long lines are about halved, which costs least; in short ones the first part is a power of two
    of leaves, so that most blocks are of one kind.
    """
    leaves = -(-length // LEAF)
    power = 2 ** ((leaves - 1).bit_length() - 1)
    grain = min(power, GRAIN)
    return LEAF * grain * -(-leaves // (2 * grain)) - 1


def _positions(pixels: Iterable[Pixel], image_width: int) -> np.ndarray:
    return np.array([y * image_width + x for y, x in pixels], np.intp)


def _runs(pairs: Iterable[Pixel]) -> Runs:
    """Pairs (from, to) as slices over which both count up by one."""
    runs: list[list[int]] = []
    for old, new in pairs:
        if runs and (old, new) == (runs[-1][0] + runs[-1][2], runs[-1][1] + runs[-1][2]):
            runs[-1][2] += 1
        else:
            runs.append([old, new, 1])
    return [(slice(old, old + n), slice(new, new + n)) for old, new, n in runs]


def _append(pixels: list[Pixel], more: list[Pixel]) -> slice:
    pixels += more
    return slice(len(pixels) - len(more), len(pixels))
