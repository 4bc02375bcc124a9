"""Each journey as a funnel by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Item
    from sessiontrace.reporting.run import Run

_MOST_FUNNELS = 2  # of more journeys, the largest; the others in a line each
_STAGES = 6  # that are never cut: half a funnel says nothing
_BAR = 12  # characters
_EIGHTHS = "▏▎▍▌▋▊▉█"


def arrange(run: Run) -> Arranged:
    """The largest journeys stage by stage, the others in a line each."""
    rows = run.rows["journeys"]
    by_journey: dict[object, list[Item]] = {}
    for each in rows:
        by_journey.setdefault(each["journey"], []).append(each)
    if not by_journey:
        text = "none: no journey.* attributes; set journey.name and journey.stage on turn spans"
        return Arranged((Facts((text,)),))
    ordered = sorted(by_journey.values(), key=lambda stages: -stages[0].count("n"))
    whole = len(ordered) if len(ordered) <= _MOST_FUNNELS else 1
    blocks: list[Block] = [_funnel(run, stages) for stages in ordered[:whole]]
    others = tuple((_summary(stages),) for stages in ordered[whole:])
    if others:
        heads = (Head("", is_text=True),)
        blocks.append(Grid(heads, others, 1, more=run.command("journey_stages"), is_paired=True))
    blocks += [
        Note(f"{stages[0].show('journey')}: {stages[0].show('warning')}")
        for stages in ordered[:whole]
        if stages[0]["warning"]
    ]
    return Arranged(tuple(blocks), "Journey" if len(ordered) == 1 else "Journeys")


def _funnel(run: Run, stages: list[Item]) -> Grid:
    name = stages[0].show("journey")
    heads = (
        Head(name, is_text=True),
        Head("k/n"),
        Head("share"),
        Head("95 % interval"),
        Head("left here"),
        Head("median time"),
        Head("", is_text=True, is_spare=True),
    )
    number = max((len(each.show("stage_number")) for each in stages), default=1)
    lines = tuple(
        (
            _stage(each, number),
            each.fraction(),
            each.show("rate"),
            each.interval(),
            _left(each),
            each.show("p50_ms"),
            _bar(each.number("rate")),
        )
        for each in stages
    )
    more = run.command("journey_stages", f"journey={stages[0]['journey']}")
    return Grid(heads, lines, least=min(len(lines), _STAGES), more=more)


def _stage(item: Item, width: int) -> str:
    number = "" if item["stage_number"] is None else item.show("stage_number")
    return f"{number.rjust(width)} {item.show('stage')}"


def _left(item: Item) -> str:
    """Return who got here and no further, among those who got here; open sessions apart."""
    if item["dropped"] is None:
        return ""
    still_open = item.count("still_open")
    return f"{item.fraction('dropped', 'k')}{f' (+{still_open} open)' if still_open else ''}"


def _summary(stages: list[Item]) -> str:
    last = stages[-1]
    return (
        f"{last.show('journey')}: {last.fraction()} ({last.show('rate')}, {last.interval()}) "
        f"reached {last.show('stage')}, the last of {len(stages)}"
    )


def _bar(share: float) -> str:
    """Return a bar whose full length is everybody who entered."""
    eighths = round(min(max(share, 0.0), 1.0) * _BAR * 8)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")
