"""All of stderr: errors, warnings, notes, progress. stdout belongs to the answers.

Nothing else writes to stderr, so that `--quiet` and `NO_COLOR` have one home. Messages quote
traces, so control characters never reach the terminal.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessiontrace.errors import ExitCode, SessionTraceError
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ExitCode", "bug", "error", "help_text", "note", "progress", "set_quiet", "warning"]

_PROGRAM = "sessiontrace"
_COLOURS = {"error": "31", "warning": "33", "help": "36"}


@dataclass(slots=True)
class _Settings:
    quiet: bool = False


_settings = _Settings()


def set_quiet(quiet: bool) -> None:
    """Say nothing but errors from here on; `--quiet`."""
    _settings.quiet = quiet


def error(problem: SessionTraceError) -> None:
    """Print what is wrong, and one `help:` line for each line of the hint."""
    _write("error", problem.message)
    for line in (problem.hint or "").splitlines():
        _help(line)


def warning(message: str) -> None:
    """Print something that may make the answers wrong."""
    if not _settings.quiet:
        _write("warning", message)


def note(message: str) -> None:
    """Print something worth knowing."""
    if not _settings.quiet:
        _write("note", message)


def help_text(text: str) -> None:
    """Print a page of help that was not asked for."""
    _write_plain(text)


def bug(problem: BaseException) -> None:
    """Print that the fault is ours and how to report it; the traceback only on request."""
    if os.environ.get("SESSIONTRACE_DEBUG"):
        _write_plain("".join(traceback.format_exception(problem)).rstrip())
    _write("error", f"unexpected {type(problem).__name__}: {problem}")
    _help("this is a bug in sessiontrace: please report it with the command that you ran")
    if not os.environ.get("SESSIONTRACE_DEBUG"):
        _help("SESSIONTRACE_DEBUG=1 shows where it happened, which helps a report")


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar while the block runs, if stderr is a terminal.

    Args:
        title: what is being done.
        total: how much there is to do, in any unit; None shows a pulse.

    Yields:
        A function to call with how much more has been done.
    """
    if _settings.quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda _amount: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not _is_coloured())
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task(visible(title), total=total)
        yield lambda amount: bars.advance(task, amount)


def _write(level: str, message: str) -> None:
    line = " ".join(visible(message).split())
    _write_plain(f"{_PROGRAM}: {_coloured(level, f'{level}:')} {line}")


def _help(line: str) -> None:
    _write_plain(f"  {_coloured('help', 'help:')} {visible(line)}")


def _write_plain(text: str) -> None:
    if sys.stderr is None:  # started without one
        return
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201 (the only print of the program)
    except (OSError, ValueError):  # a closed stderr must not hide the exit code
        return


def _coloured(level: str, text: str) -> str:
    colour = _COLOURS.get(level)
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and _is_coloured() else text


def _is_coloured() -> bool:
    environment = os.environ
    if environment.get("NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return sys.stderr is not None and sys.stderr.isatty()
