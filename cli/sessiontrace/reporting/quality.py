"""Scores of sessions and turns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Note
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.render.analysis.blocks import Block
    from sessiontrace.reporting.rows import Item, Rows
    from sessiontrace.reporting.run import Run

_MOST_SCORES = 2
_MOST_LABELS = 3


def arrange(run: Run) -> Arranged:
    """Satisfaction by how sessions ended, then the evaluations with most scores."""
    rows = run.rows["quality"]
    lines = [*_satisfaction(rows), *_evaluations(run, rows)]
    if not lines:
        text = "no scores: set session.user_satisfaction, or add gen_ai.evaluation.result events"
        return Arranged((Facts((text,)),))
    return Arranged(tuple(lines))


def _spread(item: Item) -> str:
    return f"p10 {item.show('p10')}, p50 {item.show('p50')}, p90 {item.show('p90')}"


def _satisfaction(rows: Rows) -> list[Block]:
    whole = rows.first(measure="satisfaction", item=None)
    covered = rows.first(measure="coverage", name="user_satisfaction")
    if whole is None or covered is None or not whole.count("n"):
        return []
    of = f"n {covered.show('k')}, {covered.show('share')} of {covered.show('n')} sessions"
    facts = [f"user satisfaction {_spread(whole)} ({of})"]
    by_end = [each for each in rows.all(measure="satisfaction") if each["item"]]
    if len(by_end) > 1:
        shown = ", ".join(f"{e.show('item')} {e.show('p50')} (n {e.show('n')})" for e in by_end)
        facts.append(f"median by end {shown}")
    return [Facts(tuple(facts))]


def _evaluations(run: Run, rows: Rows) -> list[Block]:
    names = list(dict.fromkeys(e["name"] for e in rows if e["measure"] in ("score", "label")))
    blocks: list[Block] = []
    for name in names[:_MOST_SCORES]:
        score = rows.first(measure="score", name=name)
        labels = rows.all(measure="label", name=name)
        facts = []
        if score is not None and score.count("n"):
            facts.append(f"{score.show('name')} {_spread(score)} (n {score.show('n')})")
        if labels:
            lead = "" if facts else f"{labels[0].show('name')} "
            shown = ", ".join(f"{e.show('item')} {e.rate()}" for e in labels[:_MOST_LABELS])
            rest = len(labels) - _MOST_LABELS
            facts.append(f"{lead}{shown}{f', {rest} more labels' if rest > 0 else ''}")
        blocks.append(Facts(tuple(facts)))
    if len(names) > _MOST_SCORES:
        words = " ".join(run.command("quality"))
        blocks.append(Note(f"… and {len(names) - _MOST_SCORES} more: {words}"))
    return blocks
