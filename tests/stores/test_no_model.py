"""A store without the model answers like one with it."""

from __future__ import annotations

from pathlib import Path

from sessiontrace.filling import load_store
from sessiontrace.options import LoadOptions
from sessiontrace.workspace import Workspace

SAMPLE = str(Path(__file__).parents[2] / "sample_traces" / "frameworks" / "langfuse")


def test_the_model_is_built_when_the_store_is_opened(tmp_path: Path) -> None:
    whole, bare = tmp_path / "whole.duckdb", tmp_path / "bare.duckdb"
    load_store([SAMPLE], whole, LoadOptions())
    load_store([SAMPLE], bare, LoadOptions(with_model=False))
    with Workspace.open([str(whole)]) as full, Workspace.open([str(bare)]) as lazy:
        assert lazy.notes == [f"{bare} holds no model: it was built for this run"]
        assert full.notes == []
        for report in ("session_length", "end_states", "anti_patterns"):
            assert lazy.report(report).rows == full.report(report).rows


def test_appending_builds_it_for_good(tmp_path: Path) -> None:
    store = tmp_path / "store.duckdb"
    load_store([SAMPLE], store, LoadOptions(with_model=False))
    load_store([SAMPLE], store, LoadOptions(), append=True)
    with Workspace.open([str(store)]) as workspace:
        assert workspace.notes == []
        assert workspace.rows("select count(*) from sessions") == [(7,)]
