"""The analysis on one screen: at most 55 lines of 100 columns, whatever the input."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Grid, Note, Part
from sessiontrace.render.analysis.lines import Laid, facts, lay
from sessiontrace.render.types import Screen
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sessiontrace.render.types import Analysis

_MOST_LINES, _MOST_NARROW_LINES = 55, 70  # from 100 columns on, and below: the same words
_NARROW = 100
_MOST_HEADER_LINES = 3
_BOLD, _DIM, _YELLOW, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"
# For screens that are not UTF-8; every replacement is as wide as what it replaces.
_ASCII = str.maketrans("–·…█▏▎▍▌▋▊▉×", "-|~#   ====x")


@dataclass(slots=True)
class Shown:
    """A section in lines."""

    heading: str
    laid: list[Laid]
    has_gap: bool = True

    @property
    def has_rows(self) -> bool:
        """Whether it holds a table."""
        return any(laid.rows for laid in self.laid)

    @property
    def cost(self) -> int:
        """Lines it takes, with the blank line before it."""
        return sum(each.cost for each in self.laid) + self.has_gap


def render(analysis: Analysis, screen: Screen | None = None) -> str:
    """Return the document; rows that do not fit are counted and the command for them named."""
    screen = screen or Screen()
    header = facts(_header(analysis), screen.width)[:_MOST_HEADER_LINES]
    header = [line.strip() for line in header]
    parts = [each for each in analysis.sections if isinstance(each, Part) and each.blocks]
    shown = [_shown(part, screen.width) for part in parts]
    _close_gaps(shown)
    most = _MOST_NARROW_LINES if screen.width < _NARROW else _MOST_LINES
    _share(shown, most - len(header))
    lines = _styled(header, _DIM, screen)
    for section in shown:
        if section.has_gap:
            lines.append("")
        lines += _section_lines(section, screen)
    text = "\n".join(lines) + "\n"
    return text if screen.is_unicode else _ascii(text)


def _header(analysis: Analysis) -> list[str]:
    words = analysis.meta.get("summary")
    if isinstance(words, list | tuple):
        return [str(word) for word in words]
    return [" ".join(analysis.tool.values())]


def _shown(part: Part, width: int) -> Shown:
    title = visible(part.heading or part.title).upper()
    laid = [lay(block, width, title if at == 0 else "") for at, block in enumerate(part.blocks)]
    if not laid[0].can_follow:
        laid[0].head.insert(0, title)
    return Shown(title, laid)


def _close_gaps(shown: Sequence[Shown]) -> None:
    """Let sections that are all words follow each other without a blank line between them."""
    for before, section in pairwise(shown[1:]):
        if not (before.has_rows or section.has_rows):
            section.has_gap = False


def _share(shown: Sequence[Shown], room: int) -> None:
    """Cut until the sections take at most `room` lines, then give back what is left."""
    steps: tuple[Callable[[Sequence[Shown]], bool], ...] = (
        lambda each: _cut_row(each, lambda laid: laid.least),
        _cut_note,
        _cut_gaps,
        lambda each: _cut_row(each, _one_unless_whole),
        _cut_line,
        _cut_warning,
        lambda each: _cut_row(each, lambda _: 0),
    )
    for step in steps:
        while _cost(shown) > room and step(shown):
            pass
    while _give_row(shown, room):
        pass


def _one_unless_whole(laid: Laid) -> int:
    """Return all rows of a grid that says something only as a whole, such as the lengths."""
    is_whole = isinstance(laid.block, Grid) and laid.block.least >= len(laid.block.rows)
    return len(laid.rows) if is_whole else 1


def _cost(shown: Sequence[Shown]) -> int:
    return sum(section.cost for section in shown)


def _give_row(shown: Sequence[Shown], room: int) -> bool:
    """Show one row more of the grid that shows fewest of those it has cut."""
    cut = [laid for section in shown for laid in section.laid if laid.shown < len(laid.rows)]
    for laid in sorted(cut, key=lambda each: each.shown):
        laid.shown += 1
        if _cost(shown) <= room:
            return True
        laid.shown -= 1
    return False


def _cut_row(shown: Sequence[Shown], least: Callable[[Laid], int]) -> bool:
    """Take a row from the grid that shows most beyond its least; the last of equals."""
    grids = [laid for section in shown for laid in section.laid if laid.shown > least(laid)]
    if not grids:
        return False
    most = max(grids, key=lambda laid: laid.shown - least(laid))
    before = most.cost
    # The line that counts what is left out takes one itself.
    while most.shown > least(most) and most.cost >= before:
        most.shown -= 1
    if most.cost >= before:
        most.least = most.shown = len(most.rows)
        return _cut_row([s for s in shown if most not in s.laid], least)
    return True


def _cut_gaps(shown: Sequence[Shown]) -> bool:
    """Take all blank lines but the first: some of them would look like a mistake."""
    had = any(section.has_gap for section in shown[1:])
    for section in shown[1:]:
        section.has_gap = False
    return had


def _cut_note(shown: Sequence[Shown]) -> bool:
    return _cut_last(shown, lambda laid: isinstance(laid.block, Note) and not laid.block.is_warning)


def _cut_warning(shown: Sequence[Shown]) -> bool:
    return _cut_last(shown, lambda laid: isinstance(laid.block, Note))


def _cut_last(shown: Sequence[Shown], is_chosen: Callable[[Laid], bool]) -> bool:
    for section in reversed(shown):
        for laid in reversed(section.laid[1:]):
            if is_chosen(laid):
                section.laid.remove(laid)
                return True
    return False


def _cut_line(shown: Sequence[Shown]) -> bool:
    """Shorten the longest run of facts or sentence to fewer lines."""
    long = [
        laid
        for section in shown
        for laid in section.laid
        if not isinstance(laid.block, Grid) and len(laid.head) > 1
    ]
    if not long:
        return False
    longest = max(long, key=lambda laid: len(laid.head))
    longest.head.pop()
    longest.head[-1] = f"{longest.head[-1][: longest.width - 2]} …"
    return True


def _section_lines(section: Shown, screen: Screen) -> list[str]:
    lines: list[str] = []
    for at, laid in enumerate(section.laid):
        text = laid.lines()
        if at == 0 and screen.is_coloured:
            rest = text[0].removeprefix(section.heading)
            text[0] = f"{_BOLD}{section.heading}{_RESET}{rest}"
            lines += text
        elif isinstance(laid.block, Note):
            lines += _styled(text, _YELLOW if laid.block.is_warning else _DIM, screen)
        else:
            lines += text
    return lines


def _styled(lines: Iterable[str], style: str, screen: Screen) -> list[str]:
    return [f"{style}{line}{_RESET}" if screen.is_coloured else line for line in lines]


def _ascii(text: str) -> str:
    plain = text.translate(_ASCII).encode("ascii", "replace").decode()
    return "\n".join(line.rstrip() for line in plain.split("\n"))
