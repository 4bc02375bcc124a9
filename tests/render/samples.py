"""Tables with everything that is hard to print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from sessiontrace.render.analysis.blocks import Facts, Grid, Head, More, Note, Part
from sessiontrace.render.types import Analysis, Column, Table

if TYPE_CHECKING:
    from sessiontrace.render.types import Role

HOSTILE = (
    "=cmd|' /C calc'!A0",
    "\x1b[31mred\x1b]0;title\x07 and \x9b2J",
    "two\nlines\tand a tab",
    "pipe | star * under_score _emph_ `code` ``",
    "<script>alert(1)</script> [x](javascript:y) ![i](http://t.example/p)",
    "@everyone #12 https://evil.example",
    "-1+1",
    "\u202egpj.exe \u2028 \ud800",
    "1. item",
    '"quoted", comma',
    "日本語のとても長い名前",
    "",
)

EVERY_KIND = Table(
    name="every_kind",
    title="Every kind of column",
    columns=(
        Column("name", "name", role="group"),
        Column("count", "count", kind="integer", help="exact at any size"),
        Column("mean", "mean", kind="number"),
        Column("share", "share", kind="number", unit="share"),
        Column("wait", "wait", kind="integer", unit="ms"),
        Column("cost", "cost", kind="number", unit="usd"),
        Column("is_open", "open", kind="boolean"),
        Column("at", "at", kind="time"),
    ),
    rows=[
        ("nothing", None, None, None, None, None, None, None),
        ("zero", 0, 0.0, 0.0, 0, Decimal(0), False, 0),
        ("small", 1, 0.000123456, 0.001, 850, Decimal("0.000420000"), True,
         1_767_225_600_123_456_789),
        ("middle", 1204, 12.3456, 0.4128, 12_340, Decimal("3.456"), True, datetime(2026, 1, 1, 12)),
        ("large", 2**63 + 1, 1.5e9, 1.0, 252_000, 12345.678, False,
         datetime(2026, 1, 1, tzinfo=UTC)),
        ("odd", -7, float("nan"), float("inf"), -90_061_000, Decimal("-0.01"), None,
         datetime(2026, 1, 1, 1, 2, 3, 456, timezone(timedelta(hours=2)))),
    ],
    notes=("n = 6; one value is not a number",),
)  # fmt: skip

HOSTILE_TEXT = Table(
    name="hostile",
    title="Text from \x1b[5mtraces",
    columns=(Column("at", "#", kind="integer"), Column("text", "text")),
    rows=[(at, text) for at, text in enumerate(HOSTILE, start=1)],
    notes=("a note with | and <b>",),
)

WIDE = Table(
    name="wide",
    title="More columns than fit",
    columns=tuple(
        Column(f"column_{at}", f"column {at}", kind="integer" if at % 2 else "text")
        for at in range(12)
    ),
    rows=[
        tuple(10**9 + at if at % 2 else f"text of some length {at}" for at in range(12)),
        tuple(at if at % 2 else "x" * 130 if at == 4 else None for at in range(12)),
    ],
)

EMPTY = Table(name="empty", title="Nothing", columns=(Column("a", "a"),), rows=[])

TABLES = (EVERY_KIND, HOSTILE_TEXT, WIDE, EMPTY)


MEASURES = (
    ("turns", 300, 4.0, 12.0, 31.0, 44.0, "turns"),
    ("wall time", 300, 92_000.0, 1_200_000.0, 9_000_000.0, 190_000_000.0, "ms"),
    ("active time", 300, 61_000.0, 402_000.0, 1_800_000.0, 3_600_000.0, "ms"),
    ("model calls", 299, 6.0, 19.0, 48.0, 71.0, "calls"),
    ("tokens", 287, 4210.0, 18_400.0, 61_000.0, 99_812.0, "tokens"),
    ("cost", 287, 0.0042, 0.0311, 0.21, 1.5, "usd"),
)
WORDS = (
    "sessiontrace 0.1.0",
    "sample_traces",
    "from 2025-12-01 08:00 to the horizon 2026-01-01 00:00 UTC",
    "idle 30 m",
    "all sessions",
)


def measures(rows: int) -> Part:
    """Session lengths: a unit per row."""
    known = [MEASURES[at % len(MEASURES)] for at in range(rows)]
    names = ("measure", "n", "p50", "p90", "p99", "max", "unit")
    roles: tuple[Role, ...] = ("group", "n", "value", "value", "value", "value", "unit")
    heads = (Head("", is_text=True), *map(Head, names[1:6]))
    return Part(
        name="sessions",
        title="Sessions",
        table=Table(
            name="session_length",
            title="Session length",
            columns=tuple(
                Column(
                    name, name, kind="text" if role in ("group", "unit") else "number", role=role
                )
                for name, role in zip(names, roles, strict=True)
            ),
            rows=known,
        ),
        notes=("12 inferred sessions are apart",),
        more="sessiontrace report session_length sample_traces",
        blocks=(
            Facts(("300 sessions", "214 users", "one turn only 35/300 (11.7 %, 8.5–15.8 %)")),
            Grid(
                heads,
                tuple((name, *(f"{value:,}" for value in rest)) for name, *rest, _ in known),
                least=min(rows, 6),
                more=("sessiontrace", "report", "session_length", "sample_traces"),
            ),
            Note("12 inferred sessions are apart"),
        ),
    )


def rates(name: str, title: str, rows: int) -> Part:
    """Rates with their interval, and a text that only explains."""
    example = "j…@e….com in span 4bf92f3577b34da6a3ce929d0e0e4736 of the checkout service"
    tool = "search_knowledge_base_of_the_whole_company"
    return Part(
        name=name,
        title=title,
        table=Table(
            name=name,
            title=title,
            columns=(
                Column("state", "state", role="group"),
                Column("tool", "tool", role="group"),
                Column("share", "share", kind="number", unit="share", role="value"),
                Column("k", "k", kind="integer", role="k"),
                Column("n", "n", kind="integer", role="n"),
                Column("low", "low", kind="number", unit="share", role="low"),
                Column("high", "high", kind="number", unit="share", role="high"),
                Column("example", "example"),
            ),
            rows=[
                (f"state {at}", None if at % 3 else tool, (at + 1) / 100, at + 1, 100, at / 200,
                 (at + 9) / 100, example)
                for at in range(rows)
            ],
        ),
        more=f"sessiontrace report {name} sample_traces",
        blocks=(
            Grid(
                (Head("", is_text=True), Head("k/n"), Head("share"), Head("example", is_text=True)),
                tuple(
                    (f"state {at}{'' if at % 3 else f': {tool}'}", f"{at + 1}/100", f"{at + 1} %",
                     example)
                    for at in range(rows)
                ),
                more=("sessiontrace", "report", name, "sample_traces"),
            ),
        ),
    )  # fmt: skip


def facts() -> Part:
    """Counts of the input, a warning, a command."""
    warning = "sampled export (SampleRate, 10.0 % kept, 40/40 traces): lengths are lower bounds"
    return Part(
        name="input",
        title="Input",
        table=Table(
            name="input",
            title="Input",
            columns=(
                Column("files", "files", kind="integer", role="value"),
                Column("native", "native sessions", kind="number", unit="share", role="value"),
                Column("until", "until", kind="time"),
            ),
            rows=[(3, 0.91, 1_767_225_600 * 10**9)],
        ),
        notes=(warning,),
        blocks=(
            Facts(("3 files, 12.4 MB", "48,201 spans, 9,100 traces", "rejected 0/48,201 spans")),
            Facts(("session id of 48,201 spans: native 43,863 (91.0 %)", "missing 4,338 (9.0 %)")),
            Note(warning, is_warning=True),
            More("rejected pieces", ("sessiontrace", "report", "input", "sample_traces")),
        ),
    )


def nothing() -> Part:
    """A section that says why it says nothing."""
    text = "no scores: set session.user_satisfaction, or add gen_ai.evaluation.result events"
    return Part("quality", "Quality", EMPTY, blocks=(Facts((text,)),))


def analysis(rows: int) -> Analysis:
    """The sections of an analysis, the long ones with as many rows as asked for."""
    return Analysis(
        sections=(
            facts(),
            measures(min(rows, 6)),
            rates("end_states", "End states and drop-off points", rows),
            rates("journeys", "Journeys", rows),
            rates("context", "Context pressure", min(rows, 5)),
            nothing(),
            rates("differences", "What differs: converted sessions against dropped ones", rows),
            rates("anti_patterns", "Anti-patterns", min(rows, 5)),
        ),
        meta={
            "summary": list(WORDS),
            "horizon": "2026-01-01T00:00:00Z",
            "idle_ms": 1_800_000,
            "is_complete": False,
            "timezone": "UTC",
            "paths": ["sample_traces"],
            "goal": None,
        },
        tool={"name": "sessiontrace", "version": "0.1.0"},
    )
