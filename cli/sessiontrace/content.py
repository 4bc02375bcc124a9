"""Leaves out what people and models said, and keeps how long it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.binding import sql_literal
from sessiontrace.catalog import queries_root

if TYPE_CHECKING:
    import duckdb

    from sessiontrace.registry import Registry


def drop_content(con: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Put `KEY.length`, the number of characters, in place of every attribute with content.

    Which keys those are, on spans and on events, queries/registry/content_keys.toml says. The
    attributes of records that were loaded before are left alone.
    """
    entries = registry.documents["content_keys"]["content"]
    on_spans = [each["pattern"] for each in entries if each["where"] == "span"]
    on_events = [
        f"(regexp_full_match(event_name, {sql_literal(each['event'])}) "
        f"and regexp_full_match(key, {sql_literal(each['pattern'])}))"
        for each in entries
        if each["where"] == "event"
    ]
    statement = (queries_root() / "ingest" / "drop_content.sql").read_text("utf-8")
    con.execute(
        statement.format(
            span_keys=sql_literal("|".join(on_spans)), event_keys=" or ".join(on_events)
        )
    )
