"""Decompression that gives all there is before it meets damage, unlike the file objects."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_READ = 1 << 14  # little enough that a thousand times as much fits into memory
_WRITE = 1 << 20


class DamagedError(Exception):
    """The archive is cut off or corrupt from here on."""


def gunzipped(path: Path) -> Iterator[bytes]:
    """Yield the content of a gzip file of one or more members; zeros may follow.

    Raises:
        DamagedError: after all that could be read.
    """
    engine = _new_gzip()
    with path.open("rb") as stream:
        while data := stream.read(_READ):
            while data:
                if engine.eof:
                    data = data.lstrip(b"\0")
                    if not data:
                        break
                    engine = _new_gzip()
                yield from _inflated(engine, data)
                data = engine.unused_data
    if not engine.eof:
        raise DamagedError


def _new_gzip() -> Any:
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


def _inflated(engine: Any, data: bytes) -> Iterator[bytes]:
    """Feed data; if it is corrupt, again byte by byte, up to the one that shows the fault."""
    before = engine.copy()
    try:
        yield engine.decompress(data)
    except zlib.error as error:
        for at in range(len(data)):
            try:
                yield before.decompress(data[at : at + 1])
            except zlib.error:
                break
        raise DamagedError from error


def unzstd(path: Path) -> Iterator[bytes]:
    """Yield the content of a zstd file of one or more frames.

    Raises:
        DamagedError: after all that could be read.
    """
    engine = zstd.ZstdDecompressor()
    is_begun = False
    with path.open("rb") as stream:
        while data := stream.read(_READ):
            while data or not (engine.needs_input or engine.eof):
                try:
                    yield engine.decompress(data, _WRITE)
                except zstd.ZstdError as error:
                    raise DamagedError from error
                data, is_begun = b"", True
                if engine.eof:
                    data, is_begun = engine.unused_data, False
                    engine = zstd.ZstdDecompressor()
                    if not data:
                        break
    if is_begun:
        raise DamagedError
