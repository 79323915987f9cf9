"""Downloads into Keras' cache that go on where they broke off."""

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from densedepth_tf.files.atomic import write_text
from densedepth_tf.files.cache_folder import cache_folder
from densedepth_tf.files.claims import claim
from densedepth_tf.files.durable import sync, sync_folder
from densedepth_tf.process.progress_bar import ProgressBar

DIGEST_SUFFIX = ".sha256"
_CHUNK = 1 << 18
_TIMEOUT = 30
_LONGEST_DIGEST = 4096  # Bytes of its file.
_USER_AGENT = "densedepth-tf"


def cached_download(
    file: str,
    addresses: Sequence[str],
    sha256: str | None = None,
    page: str = "",
    says_all: bool = True,
) -> Path:
    """The path of a file in Keras' cache; it is downloaded first if it is not there.

    The place is `keras.utils.get_file`'s (`cache_subdir="densedepth_tf"`), so that either finds
    what the other has fetched. `get_file` begins again after every break; here the bytes gather in
    `FILE.part` and HTTP Range requests go on behind them.

    Args:
        file: Name in the cache.
        addresses: Tried in turn.
        sha256: Checksum of the whole file. None if nobody has published one: the first download is
            checked by its length alone, its checksum is printed and kept beside it, and later
            downloads must have the same.
        page: Where people find the file, for the message.
        says_all: Whether the file alone is a checkpoint, for the message.

    Raises:
        OSError: If no address gives it; the message says what to do by hand.
    """
    folder = cache_folder()
    target = folder / file
    reasons = []
    for address in addresses:
        if target.is_file():
            break
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with claim(folder, [file]):  # Two that add to one part would make one file of both.
                if not target.is_file():
                    download(address, target, sha256 or _known_digest(target))
                    if sha256 is None:
                        _remember_digest(target)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            reasons.append(f"{urllib.parse.urlsplit(address).netloc}: {reason}")
    if not target.is_file():
        as_checkpoint = f"pass it as `path='{file}'`, or " if says_all else ""
        raise OSError(
            f"Cannot download {file} ({'; '.join(reasons)}). Get it from {page or addresses[0]} "
            f"and {as_checkpoint}put it at '{target}'"
        )
    return target


def download(address: str, target: Path, sha256: str | None = None) -> None:
    """Downloads to `target`, which appears when it is whole; what there is of it is continued.

    Args:
        address: http or https.
        target: The file. `TARGET.part` beside it is what an earlier attempt left.
        sha256: Checksum of the whole file, or None.

    Raises:
        OSError: If the address does not answer, or the connection breaks; the part is kept.
        ValueError: If the address gives a web page, or a file with another checksum; the part is
            deleted.
    """
    part = target.with_name(target.name + ".part")
    have = part.stat().st_size if part.is_file() else 0
    headers = {"User-Agent": _USER_AGENT} | ({"Range": f"bytes={have}-"} if have else {})
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            _receive(response, part, have, target.name)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # Nothing is left after the part: it is whole, or another file's.
            raise
        total = error.headers.get("Content-Range", "").rpartition("/")[2]
        if total != str(have):
            part.unlink()
            raise OSError("what there was did not fit the file and is deleted; try again") from None
    if sha256 is not None:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != sha256:
            part.unlink()
            raise ValueError(f"its SHA-256 is {digest}, not {sha256}")
    sync(part)
    part.replace(target)
    sync_folder(target.parent)


def _known_digest(target: Path) -> str | None:
    """The checksum that an earlier download of this file had."""
    beside = target.with_name(target.name + DIGEST_SUFFIX)
    if not beside.is_file() or beside.stat().st_size > _LONGEST_DIGEST:
        return None
    return beside.read_text(encoding="ascii", errors="replace").strip()[:64] or None


def _remember_digest(target: Path) -> None:
    """Keeps the checksum of a first download as `sha256sum` writes it, and says so."""
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    beside = target.with_name(target.name + DIGEST_SUFFIX)
    if not beside.exists():
        print(f"{target.name}: SHA-256 {digest}, which later downloads are held to", flush=True)
        write_text(beside, f"{digest}  {target.name}\n")


def _receive(response: http.client.HTTPResponse, part: Path, have: int, name: str) -> None:
    if response.headers.get_content_type() == "text/html":
        raise ValueError("a web page came instead of the file")
    continues = response.status == 206
    start = have if continues else 0
    length = response.headers.get("Content-Length")
    total = None if length is None else start + int(length)
    bar = ProgressBar(total=total, initial=start, unit="B", unit_scale=True, desc=name)
    with part.open("ab" if continues else "wb") as file, bar:
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            bar.update(len(chunk))
        size = file.tell()
    if total is not None and size != total:
        raise OSError(f"the connection broke after {size} of {total} bytes; try again to go on")
