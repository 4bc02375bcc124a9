"""How full context windows get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts
from sessiontrace.reporting.run import Arranged

if TYPE_CHECKING:
    from sessiontrace.reporting.rows import Item, Rows
    from sessiontrace.reporting.run import Run

_ENOUGH = 5  # turns; below that a median is an anecdote


def arrange(run: Run) -> Arranged:
    """Fullest moments of conversations, when they come, and what is pruned."""
    rows = run.rows["context"]
    known = rows.first(measure="conversations with context data")
    if known is None or not known.count("k"):
        of = f"0/{known.show('n')} conversations have data" if known else "no conversations"
        text = f"{of}: set context.current_tokens and context.limit"
        return Arranged((Facts((text,)),))
    lines = [_shares(rows), (*_turns(rows), *_pruned(rows))]
    return Arranged(tuple(Facts(line) for line in lines if line))


def _shares(rows: Rows) -> tuple[str, ...]:
    share = rows.first(measure="context share of a conversation")
    tokens = rows.first(measure="context tokens of a conversation")
    if share is not None and share.count("n"):
        return (f"fullest moment {_spread(share)}", f"above 80 % {share.rate()}")
    if tokens is not None and tokens.count("n"):
        return (f"tokens {_spread(tokens)}", "share unknown: set context.limit")
    return ()


def _spread(item: Item) -> str:
    values = ", ".join(f"{name} {item.show(name)}" for name in ("p50", "p90", "max"))
    return f"{values} (n {item.show('n')})"


def _turns(rows: Rows) -> tuple[str, ...]:
    """Return the first and the last band of turns that enough sessions reach."""
    bands = [e for e in rows.all(measure="context share by turn") if e.count("n") >= _ENOUGH]
    ends = bands[:1] + bands[-1:] if len(bands) > 1 else bands
    shown = [f"turn {e.show('band')} {e.show('p50')} (n {e.show('n')})" for e in ends]
    return (f"median {', '.join(shown)}",) if shown else ()


def _pruned(rows: Rows) -> tuple[str, ...]:
    prunes = rows.first(measure="prunes of a conversation")
    messages = rows.first(measure="messages pruned of a conversation")
    if prunes is None or not prunes.count("n"):
        return ()
    if messages is None or not messages.count("k"):
        return (f"pruned {prunes.rate()}",)
    return (f"pruned {prunes.rate()}, {messages.show('total')} messages",)
