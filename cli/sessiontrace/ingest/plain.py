"""Any input as a plain, seekable file: decompressed, standard input spooled."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sessiontrace.errors import UsageError
from sessiontrace.ingest.discover import STDIN

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_CHUNK = 1 << 20
# A gigabyte of zeros compresses about 1000:1, JSON of real traces 10:1 to 40:1.
_BOMB_RATIO = 500
_BOMB_BYTES = 1 << 28


@dataclass(slots=True)
class PlainFile:
    """An input as plain bytes on disk.

    `trouble` says what cut it short (a truncated or corrupt archive), or None; what came before
    that is in the file.
    """

    path: Path
    compression: str | None
    bytes: int
    digest: str | None
    trouble: str | None = None


def as_plain(path: str, workdir: Path, *, want_digest: bool = True) -> PlainFile:
    """Return `path` as a plain file, below `workdir` if its bytes had to be rewritten.

    `bytes` and `digest` (sha256) are those of the input as it is, compressed or not. Without
    `want_digest` a plain file is not read at all.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        source = _spool(path, workdir)
        with source.open("rb") as stream:
            magic = stream.read(4)
        size = source.stat().st_size
        digest = _digest(source) if want_digest else None
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror or error}",
            hint="check that the file exists and that you may read it",
        ) from error
    if magic.startswith(GZIP_MAGIC):
        return _decompressed(source, workdir, "gzip", size, digest, gzip.open)
    if magic == ZSTD_MAGIC:
        return _decompressed(source, workdir, "zstd", size, digest, zstd.open)
    return PlainFile(source, None, size, digest)


def _spool(path: str, workdir: Path) -> Path:
    """A regular file as it is; standard input, pipes and devices copied."""
    if path != STDIN and Path(path).is_file():
        return Path(path)
    spooled = _unused(workdir, "spooled")
    with spooled.open("wb") as target:
        if path == STDIN:
            shutil.copyfileobj(sys.stdin.buffer, target, _CHUNK)
        else:
            with Path(path).open("rb") as stream:
                shutil.copyfileobj(stream, target, _CHUNK)
    return spooled


def _unused(workdir: Path, stem: str) -> Path:
    return workdir / f"{stem}-{len(os.listdir(workdir))}"


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _decompressed(
    source: Path,
    workdir: Path,
    compression: str,
    size: int,
    digest: str | None,
    opener: Callable[..., IO[bytes]],
) -> PlainFile:
    target = _unused(workdir, "plain")
    trouble = None
    written = 0
    with target.open("wb") as out:
        try:
            with opener(source, "rb") as stream:
                while chunk := stream.read(_CHUNK):
                    written += out.write(chunk)
                    if written > _BOMB_BYTES and written > _BOMB_RATIO * size:
                        trouble = "decompression_bomb"
                        break
        except (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError, io.UnsupportedOperation):
            trouble = f"damaged_{compression}"
    if trouble == "decompression_bomb":
        target.write_bytes(b"")
    return PlainFile(target, compression, size, digest, trouble)
