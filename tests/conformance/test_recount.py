"""Spans, sessions, turns, calls, tokens and durations against an independent recount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conformance.compare import differences, product
from tests.conformance.inputs import label, need_real_traces, real, samples

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("path", samples(), ids=label)
def test_every_sample_is_rebuilt_as_it_is_recounted(path: Path) -> None:
    assert product(path) is not None
    assert differences(path) == []


@pytest.mark.parametrize("path", real(), ids=label)
def test_every_real_file_is_rebuilt_as_it_is_recounted(path: Path) -> None:
    assert differences(path) == []


def test_there_are_real_files() -> None:
    need_real_traces()
    read = [path for path in real() if product(path) is not None]
    assert len(read) >= 25
