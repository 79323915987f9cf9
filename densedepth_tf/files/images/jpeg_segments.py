"""The parts of a JPEG file (ITU T.81, annex B), found without decoding them.

Decoders step over junk between the parts and do without the end marker, as viewers show; but they
also fill the missing rows of a cut-off image with grey. The parts tell which of the two it is.
"""

import re
import struct
from dataclasses import dataclass, field

from densedepth_tf.files.bad_sample import BadSampleError

START, END = b"\xff\xd8", b"\xff\xd9"
_SCAN, _RESTART_INTERVAL, _ONE_BYTE = 0xDA, 0xDD, 0x01
# Start of frame: all but the tables and extensions that share its range of numbers.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL, _PROGRESSIVE = frozenset((0xC0, 0xC1)), 0xC2  # those with Huffman codes
# Tables, application data and comments.
_SEGMENTS = frozenset((0xC4, 0xCC, *range(0xDB, 0xE0), *range(0xE0, 0xF0), 0xFE))
_KNOWN = _FRAMES | _SEGMENTS | {_SCAN}
_MARKER = re.compile(rb"\xff[^\x00\xff]")
# In a scan, zero bytes are stuffing and restarts belong to it.
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_FILLER = 16  # as many equal bytes at a file's end are no image


@dataclass
class JpegParts:
    """A JPEG without its junk.

    Attributes:
        name: What to call it in messages.
        parts: Its segments and scans in order, without start and end marker.
        size: (height, width); height 0 where only the end of the scan tells it.
        num_junk: Bytes between the parts that belong to none.
        has_end: Whether there is an end marker.
        scanned: (channel, coefficient) -> lowest bit that some scan has of it.
        frame: Marker of its kind of coding, 0 before there is one.
        components: Channel -> horizontal and vertical sampling factor.
        restart_interval: Units between two restarts of a scan, 0 without them.
        scan_bytes: Length of all scans.
        lacks_rows: Whether a scan has fewer restarts than its rows need.
    """

    name: str
    parts: list[bytes] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    num_junk: int = 0
    has_end: bool = False
    scanned: dict[tuple[int, int], int] = field(default_factory=dict)
    frame: int = 0
    components: dict[int, tuple[int, int]] = field(default_factory=dict)
    restart_interval: int = 0
    scan_bytes: int = 0
    lacks_rows: bool = False

    def content(self, before_end: bytes = b"") -> bytes:
        """The whole file, with an end marker; `before_end` goes in front of that."""
        return START + b"".join(self.parts) + before_end + END


def split_jpeg(content: bytes, name: str) -> JpegParts:
    """Takes a JPEG apart.

    Args:
        content: The file; begins with a start marker.
        name: What to call it in messages.

    Raises:
        BadSampleError: If it breaks off before its image, rows of it or a colour channel are
            missing for certain, or a marker stands where none may.
    """
    jpeg, offset = JpegParts(name), len(START)
    while match := _MARKER.search(content, offset):
        jpeg.num_junk += len(content[offset : match.start()].rstrip(b"\xff"))
        start, marker = match.start(), content[match.start() + 1]
        if marker == END[1] and jpeg.frame and jpeg.scanned:
            jpeg.has_end = True
            break
        if marker == START[1] and jpeg.scanned:  # another file, stuck to this one
            break
        if 0xD0 <= marker <= 0xD7 or marker == _ONE_BYTE:
            jpeg.num_junk += 2
            offset = match.end()
            continue
        if marker not in _KNOWN:
            raise BadSampleError(f"'{name}' is a damaged JPEG: there is a stray marker in it.")
        length = int.from_bytes(content[start + 2 : start + 4], "big")
        offset = start + 2 + length
        if length < 2 or offset > len(content):
            break
        segment = content[start:offset]
        if marker in _FRAMES:
            _read_frame(jpeg, marker, segment)
        elif marker == _RESTART_INTERVAL and length == 4:
            (jpeg.restart_interval,) = struct.unpack_from(">H", segment, 4)
        elif marker == _SCAN:
            after = _SCAN_END.search(content, offset)
            end = after.start() if after else len(content)
            data = content[offset:end]
            _read_scan(jpeg, segment, data)
            segment, offset = segment + (data if after else _without_filler(data)), end
        jpeg.parts.append(segment)
    _check_parts(jpeg)
    return jpeg


def _read_frame(jpeg: JpegParts, marker: int, segment: bytes) -> None:
    count = segment[9] if len(segment) > 9 else 0
    if len(segment) >= 10 + 3 * count:
        jpeg.frame, jpeg.size = marker, struct.unpack_from(">HH", segment, 5)
        jpeg.components = {
            segment[start]: (segment[start + 1] >> 4, segment[start + 1] & 15)
            for start in range(10, 10 + 3 * count, 3)
        }
    if not jpeg.components or not all(h and v for h, v in jpeg.components.values()):
        raise BadSampleError(f"'{jpeg.name}' is a damaged JPEG: its header makes no sense.")


def _read_scan(jpeg: JpegParts, segment: bytes, data: bytes) -> None:
    count = segment[4] if len(segment) > 4 else 0
    if not jpeg.frame or len(segment) < 8 + 2 * count:
        raise BadSampleError(f"'{jpeg.name}' is a JPEG that is damaged before its image.")
    components = segment[5 : 5 + 2 * count : 2]
    first, last, bits = segment[5 + 2 * count : 8 + 2 * count]
    if jpeg.frame != _PROGRESSIVE:
        first, last, bits = 0, 63, 0
    for component in components:
        for coefficient in range(first, min(last, 63) + 1):
            jpeg.scanned[component, coefficient] = bits & 15
    jpeg.scan_bytes += len(data)
    if jpeg.restart_interval and jpeg.frame in _SEQUENTIAL:
        expected = -(-_num_units(jpeg, components) // jpeg.restart_interval) - 1
        jpeg.lacks_rows |= len(_RESTART.findall(data)) < expected


def _check_parts(jpeg: JpegParts) -> None:
    if not jpeg.frame or not jpeg.scanned:
        raise BadSampleError(
            f"'{jpeg.name}' is a JPEG that is cut off or damaged before its image."
        )
    if jpeg.lacks_rows:
        raise BadSampleError(f"'{jpeg.name}' is a JPEG that is cut off: rows are missing.")
    if set(jpeg.components) - {component for component, _ in jpeg.scanned}:
        raise BadSampleError(f"'{jpeg.name}' is a JPEG that is cut off: a channel is missing.")
    # Huffman codes have a bit at least: one for a block's mean and, unless later scans bring the
    # rest, one for its end. That is known before memory for the image is taken.
    bits = {_PROGRESSIVE: 1, **dict.fromkeys(_SEQUENTIAL, 2)}.get(jpeg.frame, 0)
    num_blocks = sum(_num_blocks(jpeg, component) for component in jpeg.components)
    if 8 * jpeg.scan_bytes < bits * num_blocks:
        raise BadSampleError(
            f"'{jpeg.name}' is a JPEG that is cut off: {jpeg.scan_bytes} bytes cannot hold an "
            f"image of {jpeg.size[0]}x{jpeg.size[1]}."
        )
    if not jpeg.has_end and jpeg.frame == _PROGRESSIVE:
        every = {(component, k) for component in jpeg.components for k in range(64)}
        if any(jpeg.scanned.get(key, 1) for key in every):
            raise BadSampleError(f"'{jpeg.name}' is a JPEG that is cut off: scans are missing.")


def _num_units(jpeg: JpegParts, components: bytes) -> int:
    """What a scan codes in a row: blocks of its only channel, or groups of all its channels'."""
    if len(components) == 1:
        return _num_blocks(jpeg, components[0])
    height, width = jpeg.size
    wide, high = (max(factors) for factors in zip(*jpeg.components.values(), strict=True))
    return -(-height // (8 * high)) * -(-width // (8 * wide))


def _num_blocks(jpeg: JpegParts, component: int) -> int:
    """Blocks of 8x8 of a channel, which may have fewer samples than the image has pixels."""
    height, width = jpeg.size
    wide, high = (max(factors) for factors in zip(*jpeg.components.values(), strict=True))
    h, v = jpeg.components.get(component, (wide, high))
    return -(-height * v // (8 * high)) * -(-width * h // (8 * wide))


def _without_filler(data: bytes) -> bytes:
    """A scan at the end of a file without the run of equal bytes that fills the file up."""
    stripped = data.rstrip(data[-1:])
    filled = len(data) - len(stripped) >= _FILLER
    return (stripped if filled else data).removesuffix(b"\xff")
