"""Play the plan against one SDK and count what the fake model and the tools did."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clock import Clock
from export import OtlpJsonFile, provider
from plan import FULL, ModelCall, Turn, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import TracerProvider

COUNTS = (
    "n_turns",
    "n_llm_calls",
    "n_tool_calls",
    "n_tool_errors",
    "input_tokens",
    "output_tokens",
)


class Play:
    """One run of a generator: the turns to play, the fake model's answers, the tools, the truth."""

    def __init__(
        self,
        script: str,
        sessions: tuple[tuple[str, str], ...] = FULL,
        *,
        name: str = "",
        on_spans: bool = True,
        prefix: str = "sess-",
    ) -> None:
        self.folder = Path(script).resolve().parent
        if name:
            self.folder = self.folder.with_name(name)
            self.folder.mkdir(exist_ok=True)
        self.plan = plan(self.folder.name, sessions, prefix)
        self.clock = Clock(self.folder.name, self.plan[0].start_ns)
        self.clock.install()
        self.exporter = OtlpJsonFile(self.folder / "traces.jsonl")
        self.on_spans = {turn.session_id: on_spans for turn in self.plan}
        self.rows: dict[str, dict[str, int]] = {}
        self.users: dict[str, str] = {}
        self.calls: Iterator[ModelCall] = iter(())

    def provider(self) -> TracerProvider:
        """Return a provider that writes this sample's file."""
        return provider(self.exporter, self.folder.name.replace("_", "-"))

    def turns(self) -> Iterator[Turn]:
        """Yield the turns in the order of their start, the clock set to each."""
        for turn in self.plan:
            self.clock.now_ns = max(self.clock.now_ns, turn.start_ns)
            self.row = self.rows.setdefault(turn.session_id, dict.fromkeys(COUNTS, 0))
            self.users[turn.session_id] = turn.user_id
            self.calls = iter(turn.calls)
            yield turn
            if next(self.calls, None) is not None:
                sys.exit(f"{turn.session_id} turn {turn.number}: not all model calls were made")
            self.row["n_turns"] += 1
            self.exporter.write_line()

    def answer(self) -> ModelCall:
        """Be the fake model: return its next answer."""
        call = next(self.calls)
        self.clock.now_ns += call.latency_ns
        self.row["n_llm_calls"] += 1
        self.row["input_tokens"] += call.input_tokens
        self.row["output_tokens"] += call.output_tokens
        return call

    def tool(self, name: str, argument: str) -> str:
        """Be a tool: orders that begin with X do not exist."""
        self.clock.now_ns += 40_000_000 + 7_000_000 * len(argument)
        self.row["n_tool_calls"] += 1
        if argument.startswith("X"):
            self.row["n_tool_errors"] += 1
            raise LookupError(f"no order {argument}")
        results = {"get_weather": f"{argument}: sunny", "lookup_order": f"{argument}: shipped"}
        return results.get(name, argument)

    def finish(self) -> None:
        """Write what is left of the spans, and truth.csv."""
        self.exporter.write_line()
        with (self.folder / "truth.csv").open("w", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(("session_id", "user_id", *COUNTS, "session_id_on_spans"))
            for key, row in self.rows.items():
                table.writerow((key, self.users[key], *row.values(), int(self.on_spans[key])))
        size = (self.folder / "traces.jsonl").stat().st_size
        print(f"{self.folder.name}: {self.exporter.spans} spans, {size // 1024} kB")
