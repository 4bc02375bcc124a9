"""Loads files without building a model, and shows what came of them in a comparable form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sessiontrace.building import drop_duplicates
from sessiontrace.catalog import Catalog, queries_root
from sessiontrace.ingest.discover import discover
from sessiontrace.ingest.loader import Loader, Source
from sessiontrace.store import Resources, connect, create_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

TABLES = (
    "span_records",
    "log_records",
    "rejects",
    "ingest_notes",
    "source_files",
    "resource_records",
    "span_shapes",
    "scope_records",
)


@dataclass
class Loaded:
    """What one load gave."""

    sources: list[Source]
    spans: dict[tuple[str, str], dict[str, Any]]
    rejects: list[tuple[Any, ...]]
    notes: list[tuple[Any, ...]]
    logs: list[tuple[Any, ...]]
    kept: dict[int, int]
    """Spans of each source after duplicates were dropped."""
    kept_logs: dict[int, int]


class Bench:
    """One engine for many loads."""

    def __init__(self, workdir: Path) -> None:
        self._workdir = workdir
        self.con = connect(None, workdir, Resources(threads=1))
        create_schema(self.con)
        for macro in Catalog.load().macros.values():
            self.con.execute(macro.sql)

    def load(self, *paths: Path | str) -> Loaded:
        """Load files from scratch."""
        for table in TABLES:
            self.con.execute(f"delete from {table}")
        return self.append(*paths)

    def append(self, *paths: Path | str, want_digest: bool = False) -> Loaded:
        """Load files beside those loaded before."""
        loader = Loader(self.con, _statement("span_records"), self._workdir)
        sources = loader.load(discover([str(path) for path in paths]), want_digest=want_digest)
        self.con.execute(_statement("resources"))
        drop_duplicates(self.con)
        return self._seen(sources)

    def _seen(self, sources: list[Source]) -> Loaded:
        by_source = "select source_id, count(*) from {} group by source_id"
        return Loaded(
            sources=sources,
            spans=_spans(self.con),
            rejects=self.rows("select line_no, pointer, reason, detail from rejects order by all"),
            notes=self.rows(
                "select distinct trace_id, span_id, code, key from ingest_notes order by all"
            ),
            logs=self.rows(
                "select trace_id, span_id, time_unix_ns, event_name, body, attribute_keys, "
                "attribute_values, resource_keys, resource_values, scope_name "
                "from log_records order by all"
            ),
            kept=dict(self.rows(by_source.format("span_records"))),
            kept_logs=dict(self.rows(by_source.format("log_records"))),
        )

    def rows(self, statement: str) -> list[Any]:
        return self.con.execute(statement).fetchall()


@cache
def _statement(name: str) -> str:
    return (queries_root() / "ingest" / f"{name}.sql").read_text("utf-8")


def _spans(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, Any]]:
    cursor = con.execute(
        """
        select records.* exclude (
                span_ord, line_id, source_id, shape_hash, resource_hash, scope_hash, resource, scope
            ),
            resources.attribute_keys as resource_keys,
            resources.attribute_values as resource_values,
            scopes.scope_name, scopes.scope_version
        from span_records as records
        left join resource_records as resources using (resource_hash)
        left join scope_records as scopes using (scope_hash)
        """
    )
    names = [column[0] for column in cursor.description or []]
    spans = {}
    for row in cursor.fetchall():
        span = dict(zip(names, row, strict=True))
        for prefix in ("attribute", "resource"):
            keys, values = span.pop(f"{prefix}_keys"), span.pop(f"{prefix}_values")
            span[prefix] = _attributes(keys, values)
        for name in ("events", "links"):
            span[name] = [_normal(each) for each in json.loads(span[name] or "[]")]
        key = (span["trace_id"], span["span_id"])
        assert key not in spans, "a span counts once"
        spans[key] = span
    return spans


def _attributes(keys: Sequence[str] | None, values: Sequence[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in zip(keys or (), values or (), strict=True):
        found.setdefault(key, _normal(json.loads(value or "{}")))
    return found


def _normal(value: Any) -> Any:
    """JSON without what means the same: the type of an integer, and members with the default."""
    if isinstance(value, list):
        return [_normal(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"intValue"}:
        return {"intValue": str(value["intValue"])}
    if value.keys() == {"doubleValue"}:
        return {"doubleValue": float(value["doubleValue"])}
    normal = {name: _normal(each) for name, each in value.items()}
    if isinstance(value.get("timeUnixNano"), int):
        normal["timeUnixNano"] = str(value["timeUnixNano"])
    return {name: each for name, each in normal.items() if each not in (None, "", "0", 0, [])}
