"""A clock that the plan moves, and ids from a seed, so that a sample can be made again."""

from __future__ import annotations

import random
import sys
import time
import uuid
from datetime import UTC, datetime, tzinfo
from typing import Any

READ_NS = 150_000
# Modules that put datetime.now() on spans.
DATETIME_MODULES = ("langchain_core.tracers", "langsmith", "agents.tracing", "strands.telemetry")
REAL = (time.time_ns, time.time, uuid.uuid4)


class Clock:
    """Time stands still but for what the plan adds; every reading costs 0.15 ms."""

    def __init__(self, seed: str, start_ns: int) -> None:
        self.now_ns = start_ns
        self.rng = random.Random(f"{seed} ids")

    def time_ns(self) -> int:
        """Stand in for ``time.time_ns``."""
        self.now_ns += READ_NS
        return self.now_ns

    def time(self) -> float:
        """Stand in for ``time.time``."""
        return self.time_ns() / 1e9

    def uuid4(self) -> uuid.UUID:
        """Stand in for ``uuid.uuid4``."""
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def trace_id(self, _: Any = None) -> int:
        """Stand in for the SDK's random trace id."""
        return self.rng.getrandbits(128)

    def span_id(self, _: Any = None) -> int:
        """Stand in for the SDK's random span id."""
        return self.rng.getrandbits(64)

    def install(self) -> None:
        """Replace the real functions wherever they were imported to."""
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

        RandomIdGenerator.generate_trace_id = self.trace_id  # type: ignore[method-assign]
        RandomIdGenerator.generate_span_id = self.span_id  # type: ignore[method-assign]
        for real, fake in zip(REAL, (self.time_ns, self.time, self.uuid4), strict=True):
            for module in list(sys.modules.values()):
                for key in [k for k, v in vars(module).items() if v is real]:
                    if module.__name__ != __name__:
                        setattr(module, key, fake)
        for name, module in list(sys.modules.items()):
            if name.startswith(DATETIME_MODULES) and getattr(module, "datetime", None) is datetime:
                module.datetime = self.datetime_class()  # type: ignore[attr-defined]

    def datetime_class(self) -> type[datetime]:
        """Return a ``datetime`` whose ``now`` reads this clock."""
        clock = self

        class ClockDatetime(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.fromtimestamp(clock.time(), tz or UTC)

        return ClockDatetime
