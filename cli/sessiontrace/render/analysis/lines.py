"""Puts blocks into lines of a given width."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, More, Note
from sessiontrace.render.cells import GAP, folded, padded, shortened, width_of
from sessiontrace.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sessiontrace.render.analysis.blocks import Block

INDENT = "  "
_COMFORTABLE, _NARROWEST = 32, 10  # a text before columns are left out, and after
_LONGEST_COMMAND = 3  # lines


@dataclass(slots=True)
class Laid:
    """A block in lines: `head` is always there, `rows` may be cut down to `least`.

    Attributes:
        can_follow: the first line may stand beside the title of the section.
    """

    block: Block
    head: list[str]
    rows: list[str]
    least: int
    shown: int
    width: int
    can_follow: bool = False

    @property
    def cost(self) -> int:
        """Lines it takes as it is shown now."""
        return len(self.head) + self.shown + len(self.closing())

    def lines(self) -> list[str]:
        """Return the lines it takes as it is shown now."""
        return [*self.head, *self.rows[: self.shown], *self.closing()]

    def closing(self) -> list[str]:
        """Return what says how many rows are left out and how to see them."""
        if not isinstance(self.block, Grid):
            return []
        per_line = len(self.block.rows) / len(self.rows) if self.rows else 1
        hidden = len(self.block.rows) - round(self.shown * per_line)
        count = self.block.left_out + max(hidden, 0)
        if not count:
            return []
        return command_lines(
            f"… and {count:,} more{self.block.left_out_note}", self.block.more, self.width
        )


def lay(block: Block, width: int, title: str = "") -> Laid:
    """Return a block in lines of at most `width`; its first line leaves room for the title."""
    match block:
        case Facts():
            lines = facts(block.parts, width, title)
            return Laid(block, lines, [], 0, 0, width, can_follow=True)
        case Note():
            mark = "! " if block.is_warning else ""
            return Laid(block, note_lines(mark + block.text, width), [], 0, 0, width)
        case More():
            return Laid(block, command_lines(block.what, block.command, width), [], 0, 0, width)
        case Grid(is_paired=True):
            rows = paired(block, width)
            least = len(rows) if block.least >= len(block.rows) else min(block.least, len(rows))
            return Laid(block, [], rows, least, len(rows), width)
        case Grid():
            head, rows = grid(block, width, title)
            least = min(block.least, len(rows))
            return Laid(block, [head], rows, least, len(rows), width, can_follow=True)


def facts(parts: Iterable[str], width: int, title: str = "") -> list[str]:
    """Return the parts in lines that break between two of them; the first follows the title."""
    lines: list[str] = []
    current = title + " " * GAP if title else INDENT
    is_fresh = True
    for part in (visible(each) for each in parts):
        addition = part if is_fresh else f" · {part}"
        if width_of(current) + width_of(addition) <= width:
            current, is_fresh = current + addition, False
            continue
        if not is_fresh:
            lines.append(current.rstrip())
            current = INDENT * 2
        *full, current = flowed(current, part, width)
        lines += full
        is_fresh = False
    return [*lines, current.rstrip()]


def flowed(start: str, text: str, width: int) -> list[str]:
    """Return a text that begins behind `start` and breaks between words, where it has any."""
    lines: list[str] = []
    current, is_fresh = start, True
    for word in text.split(" "):
        addition = word if is_fresh else f" {word}"
        if not is_fresh and width_of(current) + width_of(addition) > width:
            lines.append(current)
            current, addition = INDENT * 2, word
        current = shortened(current + addition, width)
        is_fresh = False
    return [*lines, current]


def note_lines(text: str, width: int) -> list[str]:
    """Return a sentence in indented lines."""
    pieces = folded(visible(text), width - len(INDENT))
    if len(pieces) > 1:
        pieces = [pieces[0], *folded(" ".join(pieces[1:]), width - 2 * len(INDENT))]
    return [f"{INDENT if at == 0 else INDENT * 2}{piece}" for at, piece in enumerate(pieces)]


def command_lines(what: str, command: Sequence[str] | None, width: int) -> list[str]:
    """Return `what: command`; a long command goes on behind a backslash, as a shell reads it."""
    if command is None:
        return [f"{INDENT}{what}: see --format json"]
    what = visible(what)
    words = [visible(word) for word in command]
    line = f"{INDENT}{what}: " if what else INDENT
    lines, is_fresh = [], True
    for word in words:
        if not is_fresh and width_of(line) + width_of(word) + 3 > width:
            lines.append(f"{line} \\")
            line, is_fresh = INDENT * 3, True
        line += word if is_fresh else f" {word}"
        is_fresh = False
    lines.append(line)
    if len(lines) > _LONGEST_COMMAND or any(width_of(each) > width for each in lines):
        verb = " ".join(words[:3])
        place = "PATH with the paths and options of this run"
        return [shortened(f"{INDENT}{what}: {verb} {place}", width)]
    return lines


def grid(block: Grid, width: int, title: str = "") -> tuple[str, list[str]]:
    """Return the line of titles and one line per row."""
    cut = _fitting(block, width - len(INDENT), title)
    widths = _widths(cut)
    first = f"{title}{' ' * GAP}{cut.heads[0].title}".rstrip() if title else cut.heads[0].title
    titles = [
        padded(head.title, room, is_text=head.is_text)
        for head, room in zip(cut.heads[1:], widths[1:], strict=True)
    ]
    lead = padded(first, len(INDENT) + widths[0] if title else widths[0], is_text=True)
    head = (" " * GAP).join([lead if title else INDENT + lead, *titles]).rstrip()
    return head, [_row(cut, row, widths, width) for row in cut.rows]


def paired(block: Grid, width: int) -> list[str]:
    """Return rows in two columns where there is room, without titles."""
    clean = Grid(
        tuple(replace(head, title="") for head in block.heads),
        tuple(tuple(map(visible, row)) for row in block.rows),
    )
    widths = _widths(clean)
    texts = [_row(clean, row, widths, width) for row in clean.rows]
    room = max(map(width_of, texts), default=0)
    half = (len(texts) + 1) // 2
    if len(texts) < 2 or 2 * room + 2 > width:
        return [shortened(text, width) for text in texts]
    left, right = texts[:half], [*texts[half:], ""][:half]
    return [
        f"{padded(a, room, is_text=True)}{' ' * GAP}{b}".rstrip()
        for a, b in zip(left, right, strict=True)
    ]


def _row(block: Grid, row: Sequence[str], widths: Sequence[int], width: int) -> str:
    if len(row) < len(block.heads):
        lead = [
            padded(text, room, is_text=head.is_text)
            for text, room, head in zip(row[:-1], widths, block.heads, strict=False)
        ]
        return shortened(INDENT + (" " * GAP).join([*lead, row[-1]]), width)
    cells = [
        padded(text, room, is_text=head.is_text)
        for text, room, head in zip(row, widths, block.heads, strict=True)
    ]
    return (INDENT + (" " * GAP).join(cells)).rstrip()


def _widths(block: Grid) -> list[int]:
    whole = [row for row in block.rows if len(row) == len(block.heads)]
    leads = [row[:-1] for row in block.rows if len(row) < len(block.heads)]
    return [
        max(
            width_of(head.title),
            *(width_of(row[at]) for row in whole),
            *(width_of(row[at]) for row in leads if at < len(row)),
            0,
        )
        for at, head in enumerate(block.heads)
    ]


def _fitting(block: Grid, width: int, title: str) -> Grid:
    """Leave out spare columns and shorten text until the grid is narrow enough."""
    heads = [replace(head, title=visible(head.title)) for head in block.heads]
    rows = [[visible(cell) for cell in row] for row in block.rows]
    while True:
        cut = Grid(tuple(heads), tuple(map(tuple, rows)))
        widths = _widths(cut)
        extra = max(width_of(f"{title}  {heads[0].title}") - len(INDENT) - widths[0], 0)
        excess = sum(widths) + GAP * (len(widths) - 1) + (extra if title else 0) - width
        if excess <= 0:
            return _padded_first(cut, widths[0] + extra) if title else cut
        texts = [at for at, head in enumerate(heads) if head.is_text]
        longest = max(texts, key=lambda at: widths[at], default=None)
        spare = [at for at, head in enumerate(heads) if head.is_spare]
        if longest is not None and widths[longest] > _COMFORTABLE:
            _shorten(heads, rows, longest, max(widths[longest] - excess, _COMFORTABLE))
        elif spare:
            _remove(heads, rows, spare[-1])
        elif longest is not None and widths[longest] > _NARROWEST:
            _shorten(heads, rows, longest, max(widths[longest] - excess, _NARROWEST))
        elif len(heads) > 1:
            _remove(heads, rows, len(heads) - 1)
        else:
            return cut


def _padded_first(block: Grid, room: int) -> Grid:
    """Widen the first column, so that the title of the section fits above it."""
    rows = [
        (padded(row[0], room, is_text=True), *row[1:]) if len(row) > 1 else row
        for row in block.rows
    ]
    return replace(block, rows=tuple(rows))


def _shorten(heads: list[Head], rows: list[list[str]], at: int, room: int) -> None:
    heads[at] = replace(heads[at], title=shortened(heads[at].title, room))
    for row in rows:
        if at < len(row) and (len(row) == len(heads) or at < len(row) - 1):
            row[at] = shortened(row[at], room)


def _remove(heads: list[Head], rows: list[list[str]], at: int) -> None:
    whole = len(heads)
    del heads[at]
    for row in rows:
        if len(row) == whole:
            del row[at]
