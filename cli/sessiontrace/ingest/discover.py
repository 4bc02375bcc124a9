"""Which files a list of paths means: files, folders, globs and standard input."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sessiontrace.errors import NothingReadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STDIN = "-"
# Files that lie beside exports and are none. Only the warning depends on the name: a file with such
# a name whose content is an export loads all the same.
COMPANIONS = frozenset(
    ".bat .c .cfg .conf .css .csv .db .dockerfile .duckdb .gif .go .html .ini .ipynb .java .jpeg "
    ".jpg .js .lock .log .map .md .mjs .parquet .pdf .png .ps1 .py .pyc .rs .rst .sh .sql .svg "
    ".toml .ts .tsv .txt .wal .xml .yaml .yml".split()
)
_COMPANION_NAMES = frozenset({"package.json", "package-lock.json", "tsconfig.json"})


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read; `named` if the user gave it by name and not through a folder."""

    path: str
    named: bool

    @property
    def is_companion(self) -> bool:
        """Whether the name says documentation, source or the like, found in a folder."""
        path = Path(self.path)
        is_known = path.suffix.lower() in COMPANIONS | {""} or path.name in _COMPANION_NAMES
        return is_known and not self.named


def discover(paths: Sequence[str]) -> list[InputFile]:
    """Return the files that `paths` mean, each once, sorted within a folder or glob.

    Raises:
        UsageError: a path does not exist, cannot be listed or is a URL.
        NothingReadableError: a folder or glob holds no file.
    """
    found: dict[str, InputFile] = {}
    for path in paths:
        for file in _expand(path):
            key = file.path if file.path == STDIN else os.path.realpath(file.path)
            found.setdefault(key, file)
    return list(found.values())


def _expand(path: str) -> Iterable[InputFile]:
    if path == STDIN:
        return [InputFile(STDIN, named=True)]
    if "://" in path:
        raise UsageError(
            f"{path} is a URL; sessiontrace reads local files only",
            hint="download the export first, then give the path of the file",
        )
    place = Path(path)
    try:
        if place.is_dir():
            return _walk(place)
        is_there = place.exists()
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror}",
            hint="check the name, and that you may enter its folder",
        ) from error
    if is_there:
        return [InputFile(path, named=True)]
    if glob.has_magic(path):
        return _matches(path)
    raise UsageError(
        f"{path}: no such file or folder",
        hint="give a file, a folder, a glob in quotes, or - for standard input",
    )


def _matches(pattern: str) -> list[InputFile]:
    # Path.glob takes relative patterns only.
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    if not matches:
        raise NothingReadableError(
            f"no file matches {pattern}", hint="check the pattern; ** descends into folders"
        )
    files = []
    for match in matches:
        if not Path(match).is_dir():
            files.append(InputFile(match, named=True))
        elif "**" not in pattern:  # else what is in the folder matches by itself
            files += _walk(Path(match))
    return files


def _walk(folder: Path) -> list[InputFile]:
    """Every file below a folder, links followed, hidden ones left out.

    What cannot be listed or read is in the list too: the loader says so and goes on.
    """
    files: list[InputFile] = []
    seen: set[str] = set()

    def keep_unlisted(error: OSError) -> None:
        if error.filename == str(folder):
            raise UsageError(
                f"{folder}: cannot list the folder: {error.strerror}",
                hint="check its permissions, or name the files you can read",
            )
        files.append(InputFile(str(error.filename), named=False))

    for directory, folders, names in os.walk(folder, onerror=keep_unlisted, followlinks=True):
        place = os.path.realpath(directory)
        if place in seen:  # a link to a folder above or beside
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files += [
            InputFile(str(Path(directory) / name), named=False)
            for name in sorted(names)
            if not name.startswith(".") and not _is_special(Path(directory) / name)
        ]
    if not files:
        raise NothingReadableError(
            f"{folder}: the folder holds no file", hint="give the folder that holds the exports"
        )
    return files


def _is_special(path: Path) -> bool:
    """Whether reading would wait for a writer, or never end: pipes, sockets and devices."""
    return path.exists() and not path.is_file()
