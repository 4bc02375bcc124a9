"""Cuts a plain file into records: lines of JSON Lines, or top-level elements of documents."""

from __future__ import annotations

import mmap
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from sessiontrace.ingest.decoding import NOT_JSON

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_NOT_SPACE = re.compile(rb"[^ \t\r\n]")
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_PROBE_LINES = 20
_CHUNK = 1 << 23
# What decides on the lane: a look that costs a millisecond.
_SAMPLE_LINES = 16
_SAMPLE_BYTES = 1 << 17
_SPREAD_FROM = 1 << 22
_SPREAD_LINES = 8


@dataclass(frozen=True, slots=True)
class Record:
    """The bytes of one record; `line_no` is the line that it starts on, from 1."""

    line_no: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file holds its records.

    `container` is empty, lines, document, array or concatenated. `records` and `longest` (bytes of
    the longest line) are known for lines only.
    """

    container: str
    records: int = 0
    longest: int = 0


@contextmanager
def mapped(path: Path) -> Iterator[memoryview]:
    """The bytes of a file without reading it into memory."""
    if path.stat().st_size == 0:
        yield memoryview(b"")
        return
    with path.open("rb") as stream:
        mapping = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    view = memoryview(mapping)
    try:
        yield view
    finally:
        with suppress(BufferError):  # a record is still held; it goes with its last holder
            view.release()
            mapping.close()


def shape_of(view: memoryview) -> Shape:
    """Recognise the container from the bytes.

    The first complete line decides for JSON Lines: it must be an object or array of its own. A file
    that begins otherwise is a document if one can be read there, and JSON Lines with a bad
    beginning if a complete line follows soon.
    """
    start = first_byte(view)
    if start == len(view):
        return Shape("empty")
    probes = [line for _, line in _probe(view, start)]
    if _is_complete(probes[0]):
        alone = len(probes) == 1
        if alone and probes[0][:1] == b"[":
            return Shape("array")
        return _lines_shape(view, start)
    end = document_end(view, start)
    is_array = probes[0][:1] == b"["
    if end is None:
        if any(map(_is_complete, probes)):
            return _lines_shape(view, start)
        return Shape("array" if is_array and _has_elements(view, start) else "document")
    if end < len(view):
        return Shape("concatenated")
    return Shape("array" if is_array else "document")


def _has_elements(view: memoryview, start: int) -> bool:
    """Whether the first element of an array that is broken somewhere can be read."""
    end = document_end(view, _skip_space(view, start + 1))
    return end is not None and bytes(view[end : end + 1]) in (b",", b"]")


def first_byte(view: memoryview) -> int:
    """Offset of the first byte that is neither a byte order mark nor white space."""
    return _skip_space(view, len(BOM) if view[:3] == BOM else 0)


def records_of(view: memoryview, shape: Shape) -> Iterator[Record]:
    """Yield the records of a file in order; blank lines are none."""
    start = first_byte(view)
    if shape.container == "lines":
        yield from _lines(view, start)
    elif shape.container == "document":
        yield Record(_line_number(view, start), view[start:])
    elif shape.container == "array":
        yield from _elements(view, start)
    elif shape.container == "concatenated":
        yield from _concatenated(view, start)


def sampled(view: memoryview) -> Iterator[memoryview]:
    """Yield some lines: the first, all of a small file, and a few spread over a large one."""
    read = 0
    for record in islice(_lines(view, first_byte(view)), _SAMPLE_LINES):
        yield record.data
        read += len(record.data)
        if read > _SAMPLE_BYTES:
            break
    if len(view) <= _SPREAD_FROM:
        return
    for part in range(1, _SPREAD_LINES + 1):
        start = _find(view, b"\n", len(view) * part // (_SPREAD_LINES + 1)) + 1
        line = next(_lines(view, start, line_no=0), None)
        if line is not None:
            yield line.data


def contains(view: memoryview, needles: Sequence[bytes]) -> bool:
    """Whether any of some texts occurs."""
    overlap = max(map(len, needles))
    for at in range(0, len(view), _CHUNK):
        chunk = bytes(view[at : at + _CHUNK + overlap])
        if any(needle in chunk for needle in needles):
            return True
    return False


def document_end(view: memoryview, start: int) -> int | None:
    """Offset after the JSON value that begins at `start` and the space behind it, or None."""
    try:
        msgspec.json.decode(view[start:], type=msgspec.Raw)
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))
        # Counted from 1: the byte before is the last one that may belong to the value.
        return start + int(trailing.group(1)) - 1 if trailing else None
    except (UnicodeDecodeError, RecursionError):
        return None
    return len(view)


def _skip_space(view: memoryview, start: int) -> int:
    found = _NOT_SPACE.search(view, start)
    return found.start() if found else len(view)


def _find(view: memoryview, needle: bytes, start: int) -> int:
    """Offset of `needle` from `start`, or the end."""
    buffer: Any = view.obj  # a memoryview itself cannot search
    at = int(buffer.find(needle, start))
    return len(view) if at < 0 else at


def _probe(view: memoryview, start: int) -> Iterator[tuple[int, bytes]]:
    """The first lines that are not blank, with their offsets."""
    found = 0
    while start < len(view) and found < _PROBE_LINES:
        end = _find(view, b"\n", start)
        line = bytes(view[start:end]).rstrip(_SPACE)
        if line:
            found += 1
            yield start, line
        start = end + 1


def _is_complete(line: bytes) -> bool:
    """Whether a line is a JSON object or array by itself; `{}` and `[]` occur in pretty ones."""
    if len(line) < 3 or line[:1] not in (b"{", b"["):
        return False
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except NOT_JSON:
        return False
    return True


def _lines_shape(view: memoryview, start: int) -> Shape:
    """Count lines and find the longest, a chunk at a time.

    Searching a mapping itself is ten times slower than searching bytes.
    """
    records = longest = 0
    at_line_start, has_content = 0, False
    for at in range(start, len(view), _CHUNK):
        chunk = bytes(view[at : at + _CHUNK])
        begin = 0
        while (end := chunk.find(b"\n", begin)) >= 0:
            # White space at both ends only: a line of spaces is rare enough to be looked at.
            has_content = has_content or chunk[begin:end].strip(_SPACE) != b""
            records += has_content
            longest = max(longest, at + end - at_line_start - start)
            at_line_start, has_content = at + end + 1 - start, False
            begin = end + 1
        has_content = has_content or chunk[begin:].strip(_SPACE) != b""
    return Shape("lines", records + has_content, max(longest, len(view) - start - at_line_start))


def _lines(view: memoryview, start: int, line_no: int | None = None) -> Iterator[Record]:
    """The lines from an offset; counting those before it costs a pass, so a sample goes without."""
    line_no = _line_number(view, start) if line_no is None else line_no
    while start < len(view):
        end = _find(view, b"\n", start)
        line = view[start:end]
        if _skip_space(line, 0) < len(line):
            yield Record(line_no, line)
        line_no += 1
        start = end + 1


def _line_number(view: memoryview, offset: int) -> int:
    return bytes(view[:offset]).count(b"\n") + 1


def _elements(view: memoryview, start: int) -> Iterator[Record]:
    """The elements of an array; from the first broken one on, the rest as one record."""
    line_no = _line_number(view, start)
    counted = start
    at = _skip_space(view, start + 1)
    while at < len(view) and bytes(view[at : at + 1]) != b"]":
        line_no += bytes(view[counted:at]).count(b"\n")
        counted = at
        end = document_end(view, at)
        if end is None or end == len(view):
            yield Record(line_no, view[at:])
            return
        yield Record(line_no, view[at:end])
        has_comma = bytes(view[end : end + 1]) == b","
        at = _skip_space(view, end + has_comma)


def _concatenated(view: memoryview, start: int) -> Iterator[Record]:
    """Documents one after the other; after a broken one, on at the next line that opens one."""
    line_no = _line_number(view, start)
    while start < len(view):
        end = document_end(view, start)
        if end is None:
            end = _find(view, b"\n{", start + 1)
        yield Record(line_no, view[start:end])
        following = _skip_space(view, end)
        line_no += bytes(view[start:following]).count(b"\n")
        start = following
