"""The files that product and recount are compared on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY
from tests.real_traces import VARIABLE, real_traces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAMPLES = REPOSITORY / "sample_traces"
ABSENT = f"no folder of real traces: set {VARIABLE} to the folder that holds them"


def samples() -> list[Path]:
    """Return the committed samples."""
    frameworks = sorted(SAMPLES.glob("frameworks/*/traces.jsonl"))
    return [*frameworks, *sorted(SAMPLES.glob("support_chat/traces*.jsonl"))]


def real() -> list[Path]:
    """Return the JSON files below the folder of real traces, whatever they hold."""
    root = real_traces()
    return sorted(
        path
        for pattern in ("sdk/*", "sets/*/*", "files/*")
        for path in root.glob(pattern)
        if path.suffix in (".json", ".jsonl")
    )


def truths() -> Iterator[tuple[Path, Path]]:
    """Yield the traces and the truth of every set whose generator counted what it made."""
    found = [*SAMPLES.glob("frameworks/*"), *real_traces().glob("sets/*")]
    for folder in sorted(found):
        if (folder / "truth.csv").is_file():
            yield folder / "traces.jsonl", folder / "truth.csv"


def label(path: Path) -> str:
    """Return a name that is the same on every machine."""
    for root in (SAMPLES, real_traces()):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


def need_real_traces() -> None:
    """Skip the test, with the reason, where there are none."""
    if not real_traces().is_dir():
        pytest.skip(ABSENT)
