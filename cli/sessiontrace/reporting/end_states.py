"""How sessions end, and what share of them is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Rows
    from sessiontrace.reporting.run import Run

_HEADS = (Head("", is_text=True), Head("k/n"), Head("share"), Head("95 % interval"))
_MOST_REASONS = 3


def arrange(run: Run) -> Arranged:
    """Settled sessions by end state, open ones apart, and the share that is dropped."""
    rows = run.rows["end_states"]
    origins = list(dict.fromkeys(str(each["origin"]) for each in rows))
    blocks: list[Block] = []
    for origin in origins:
        blocks += _origin(run, origin, is_only=len(origins) == 1)
    blocks += _unlisted(rows)
    return Arranged(tuple(blocks))


def _origin(run: Run, origin: str, *, is_only: bool) -> list[Block]:
    rows = run.rows["end_states"]
    states = rows.all(origin=origin, measure="end state")
    censored = rows.first(origin=origin, measure="censored")
    if censored is None or not censored.count("n"):
        return [Facts(("nothing to say: no sessions",))]
    settled = states[0].count("n") if states else 0
    name = "" if is_only else f" {origin}"
    facts = [f"{settled:,}{name} sessions settled"]
    if censored.count("k"):
        facts.append(f"open {censored.estimate()}: censored, in no other share")
    else:
        facts.append(f"open {censored.fraction()}")
    blocks: list[Block] = [Facts(tuple(facts))]
    if not settled:
        return [*blocks, Note("every session may still go on: give --until, or --complete")]
    lines = tuple(
        (str(each["state"]), each.fraction(), each.show("share"), each.interval())
        for each in states
    )
    grid = Grid(_HEADS, lines, len(lines), more=run.command("end_states"), is_paired=True)
    return [*blocks, grid, _dropped(rows, origin)]


def _dropped(rows: Rows, origin: str) -> Facts:
    dropped = rows.first(origin=origin, state="dropped", measure="drop-off")
    unknown = rows.first(origin=origin, state="no goal known", measure="drop-off")
    facts = []
    if dropped is not None:
        if dropped.count("n"):
            facts.append(f"dropped {dropped.estimate()} of known outcomes")
        else:
            facts.append("dropped 0/0: no outcome is known")
    if unknown is not None and unknown.count("k"):
        facts.append(f"no goal known {unknown.fraction()}: set --goal STEP")
    return Facts(tuple(facts))


def _unlisted(rows: Rows) -> list[Block]:
    unlisted = [each for each in rows.all(measure="end reason") if each["note"]]
    if not unlisted:
        return []
    shown = ", ".join(
        f"{each.show('state')} {each.fraction()}" for each in unlisted[:_MOST_REASONS]
    )
    rest = len(unlisted) - _MOST_REASONS
    more = f" and {rest} more" if rest > 0 else ""
    text = f"end reasons that are in no list, taken as ended: {shown}{more}"
    return [Note(text, is_warning=True)]
