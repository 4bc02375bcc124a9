"""stdout, and the files of `-o`: the same bytes go to either."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from pathlib import Path

from sessiontrace.errors import SessionTraceError
from sessiontrace.render.types import Screen

_NARROWEST, _WIDEST, _PIPED = 80, 140, 100


class ClosedPipeError(Exception):
    """Whoever read stdout has gone away, as `head` does; nothing is wrong."""


def write(text: str, target: Path | None = None) -> None:
    """Write an answer in UTF-8.

    Args:
        text: the whole answer.
        target: a file that is replaced at once, or None (also `-`) for stdout.

    Raises:
        ClosedPipeError: stdout is a pipe that nobody reads any more.
        SessionTraceError: the disk is full, or the file cannot be written.
    """
    content = text.encode("utf-8", "replace")
    if target is None or str(target) == "-":
        _write_stdout(content)
    else:
        _replace(target, content)


def screen(target: Path | None = None) -> Screen:
    """Describe what an answer is shown on: a file and a pipe get plain text."""
    is_terminal = target is None and sys.stdout is not None and sys.stdout.isatty()
    is_declared = os.environ.get("COLUMNS", "").isdigit()
    width = shutil.get_terminal_size().columns if is_terminal or is_declared else _PIPED
    return Screen(
        width=min(max(width, _NARROWEST), _WIDEST),
        is_terminal=is_terminal,
        is_coloured=is_terminal
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb",
        is_unicode=target is not None or _is_utf8(),
    )


def _is_utf8() -> bool:
    """Whether stdout is read as UTF-8, by its locale or PYTHONIOENCODING."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return encoding.lower().replace("-", "") in ("utf8", "cp65001")


def _write_stdout(content: bytes) -> None:
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise ClosedPipeError from error
    except OSError as error:
        raise SessionTraceError(
            f"cannot write to stdout: {error.strerror}", hint=_remedy(error)
        ) from error


def _replace(target: Path, content: bytes) -> None:
    """Write beside the target and rename, so that a killed run leaves the old file."""
    if target.exists() and not target.is_file():  # /dev/null, a named pipe
        _write_through(target, content)
        return
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _cannot_write(target, error) from error
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        unfinished.chmod(_mode(target))
        unfinished.replace(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _write_through(target: Path, content: bytes) -> None:
    try:
        target.write_bytes(content)
    except OSError as error:
        raise _cannot_write(target, error) from error


def _mode(target: Path) -> int:
    """Return the mode of the file that is replaced, else what the umask leaves of 0666."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _cannot_write(target: Path, error: OSError) -> SessionTraceError:
    return SessionTraceError(f"cannot write {target}: {error.strerror}", hint=_remedy(error))


def _remedy(error: OSError) -> str | None:
    if error.errno == errno.ENOSPC:
        return "free some space, or write somewhere else with -o FILE"
    if error.errno == errno.ENOENT:
        return "create the folder first"
    if error.errno == errno.EISDIR:
        return "give the name of a file in it"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "choose a place where you may write"
    return None
