"""Any input as a plain, seekable file: decompressed, in UTF-8, standard input spooled."""

from __future__ import annotations

import codecs
import hashlib
import sys
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sessiontrace.errors import StoreError, UsageError
from sessiontrace.ingest.archives import GZIP_MAGIC, ZSTD_MAGIC, DamagedError, gunzipped, unzstd
from sessiontrace.ingest.discover import STDIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UTF16_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# What people point at by mistake, by the first bytes of the file.
_FOREIGN = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"PAR1": "a Parquet file",
    b"Obj\x01": "an Avro file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
}
_STORE_MAGIC = b"DUCK"
_STORE_MAGIC_AT = 8
_HEAD = 16
_CHUNK = 1 << 20
# A gigabyte of zeros compresses about 1000:1, JSON of real traces 10:1 to 40:1.
_BOMB_RATIO = 500
_BOMB_BYTES = 1 << 28


class _SpoolError(Exception):
    """Our own copy could not be written: not the fault of the input."""


@dataclass(slots=True)
class PlainFile:
    """An input as plain bytes on disk.

    Attributes:
        is_copy: `path` is ours, to be removed when it has been read.
        bytes: size of the input as it is, compressed or not.
        digest: sha256 of the same.
        trouble: what cut it short (a truncated or corrupt archive); what came before is there.
        foreign: what the file is, if its first bytes say that it is no text.
    """

    path: Path
    is_copy: bool
    compression: str | None
    bytes: int
    digest: str | None
    trouble: str | None = None
    foreign: str | None = None

    def discard(self) -> None:
        """Remove the copy, if it is one."""
        if self.is_copy:
            self.path.unlink(missing_ok=True)


def as_plain(path: str, workdir: Path, *, want_digest: bool = True) -> PlainFile:
    """Return `path` as a plain file, below `workdir` if its bytes had to be rewritten.

    Without `want_digest` a plain file is not read at all.

    Raises:
        UsageError: the file cannot be read.
        StoreError: there is no room for a copy.
    """
    try:
        return _as_plain(path, workdir, want_digest=want_digest)
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror or error}",
            hint="check that the file exists and that you may read it",
        ) from error
    except _SpoolError as error:
        raise StoreError(
            f"{workdir}: cannot be written: {error}",
            hint="free some space there, or set TMPDIR to a folder with more",
        ) from error


def _as_plain(path: str, workdir: Path, *, want_digest: bool) -> PlainFile:
    source, is_copy = _seekable(path, workdir)
    with source.open("rb") as stream:
        head = stream.read(_HEAD)
    size = source.stat().st_size
    plain = PlainFile(source, is_copy, None, size, _digest(source) if want_digest else None)
    if head.startswith(GZIP_MAGIC):
        _rewrite(plain, workdir, "gzip", gunzipped)
    elif head.startswith(ZSTD_MAGIC):
        _rewrite(plain, workdir, "zstd", unzstd)
    elif (encoding := _UTF16_MARKS.get(head[:2])) is not None:
        _rewrite(plain, workdir, None, partial(_transcoded, encoding=encoding))
    elif head[_STORE_MAGIC_AT:].startswith(_STORE_MAGIC):
        plain.foreign = "a DuckDB database"
    else:
        names = (name for magic, name in _FOREIGN.items() if head.startswith(magic))
        plain.foreign = next(names, None)
    return plain


def _seekable(path: str, workdir: Path) -> tuple[Path, bool]:
    """A regular file as it is; standard input, pipes and devices copied."""
    if path != STDIN and Path(path).is_file():
        return Path(path), False
    if path == STDIN:
        return _copy(iter(lambda: sys.stdin.buffer.read(_CHUNK), b""), workdir), True
    with Path(path).open("rb") as stream:
        return _copy(iter(lambda: stream.read(_CHUNK), b""), workdir), True


def _copy(chunks: Iterator[bytes], workdir: Path) -> Path:
    """Write what comes into a new file; whatever the source raises goes through."""
    try:
        with tempfile.NamedTemporaryFile(dir=workdir, suffix=".jsonl", delete=False) as target:
            copied = Path(target.name)
    except OSError as error:
        raise _SpoolError(error.strerror or error) from error
    with copied.open("wb") as out:
        for chunk in chunks:
            try:
                out.write(chunk)
                out.flush()
            except OSError as error:
                copied.unlink(missing_ok=True)
                raise _SpoolError(error.strerror or error) from error
    return copied


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rewrite(
    plain: PlainFile,
    workdir: Path,
    compression: str | None,
    reader: Callable[[Path], Iterator[bytes]],
) -> None:
    """Put the content in place of the archive, as far as it can be read."""
    limit = max(_BOMB_BYTES, _BOMB_RATIO * plain.bytes)

    def content() -> Iterator[bytes]:
        written = 0
        try:
            for chunk in reader(plain.path):
                written += len(chunk)
                if written > limit:
                    plain.trouble = "decompression_bomb"
                    return
                yield chunk
        except (DamagedError, UnicodeDecodeError):
            plain.trouble = f"damaged_{compression or 'utf16'}"

    copied = _copy(content(), workdir)
    plain.discard()
    plain.path, plain.is_copy, plain.compression = copied, True, compression
    if plain.trouble == "decompression_bomb":
        copied.write_bytes(b"")


def _transcoded(path: Path, encoding: str) -> Iterator[bytes]:
    """A UTF-16 file, as PowerShell's `>` writes it, in UTF-8."""
    with path.open(encoding=encoding, newline="") as stream:
        stream.read(1)  # the byte order mark
        while text := stream.read(_CHUNK):
            yield text.encode("utf-8", "surrogatepass")
