"""Text that a PNG carries along: what its numbers mean, in the file itself."""

import struct
import zlib

from densedepth_tf.files.images.encoded_image import PNG_START

_HEADER_END = len(PNG_START) + 25  # the first chunk, IHDR, always has this size


def add_png_text(content: bytes, text: dict[str, str]) -> bytes:
    """Adds text chunks (tEXt, PNG specification 11.3.4.3) to an encoded PNG.

    Args:
        content: A complete PNG.
        text: Keyword -> text, Latin-1; a keyword has 1 to 79 characters.

    Returns:
        The PNG with the chunks right behind its header.
    """
    chunks = []
    for keyword, value in text.items():
        body = b"tEXt" + keyword.encode("latin-1") + b"\0" + value.encode("latin-1")
        chunks += [struct.pack(">I", len(body) - 4), body, struct.pack(">I", zlib.crc32(body))]
    return content[:_HEADER_END] + b"".join(chunks) + content[_HEADER_END:]


def read_png_text(content: bytes) -> dict[str, str]:
    """The text chunks (tEXt) before a PNG's pixels, keyword -> text; empty if it is no PNG."""
    text = {}
    offset = len(PNG_START)
    while content.startswith(PNG_START) and offset + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, offset)
        kind, body = content[offset + 4 : offset + 8], content[offset + 8 : offset + 8 + length]
        if kind in (b"IDAT", b"IEND"):
            break
        if kind == b"tEXt":
            keyword, _, value = body.partition(b"\0")
            text[keyword.decode("latin-1")] = value.decode("latin-1")
        offset += 12 + length
    return text
