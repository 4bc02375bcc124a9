"""Builds the model from the records of a store: registry, resolved attributes, model tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sessiontrace.binding import sql_literal
from sessiontrace.catalog import queries_root
from sessiontrace.ingest.rows import insert_rows
from sessiontrace.resolution import (
    GROUPS,
    LOGS,
    RESOURCES,
    SPANS,
    Place,
    Shapes,
    conventions_of_keys,
    grouped,
    keys_of,
    statement,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import duckdb

    from sessiontrace.catalog import Catalog
    from sessiontrace.registry import Registry

GIVEN_TABLES = (
    *("span_records", "log_records", "rejects", "ingest_notes", "source_files", "store_meta"),
    *("resource_records", "scope_records", "span_shapes", "resource_shapes", "log_shapes"),
    *("resolved_identity", "resolved_calls", "resolved_declared", "resolved_resource"),
    *("resolved_log", "shape_conventions", "attribute_registry", "turn_span_names"),
    *("side_tasks", "end_reasons", "escalation_actions", "escalation_tools", "content_keys"),
    *(
        "sampling_rules",
        "model_settings",
        "spans",
        "span_labels",
        "sources",
        "selected_sessions",
        "groups",
    ),
)
"""Tables and views that exist beside those of queries/model."""

_STEPS = frozenset(
    {"span_nodes", "span_tree", "span_ranks", "span_placement", "trace_identity", "trace_sessions"}
    | {"turn_parts", "turn_work", "turn_declarations", "session_spans", "session_declarations"}
)
"""Tables that only the build reads: half a gigabyte for 440,000 spans."""

_ALWAYS = ("sessions", "turns", "turn_keys", "span_context")
"""What the views and every selection of sessions read."""

_ALL_ROLES = frozenset().union(*GROUPS.values())
_NS = 1_000_000_000
_DAY_NS = 86_400 * _NS


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What changes the meaning of the model; answers of two settings never mix.

    Times are nanoseconds since 1970. `goal` is an event's kind and, where given, its name.
    """

    idle_ns: int = 30 * 60 * _NS
    until_ns: int | None = None
    is_complete: bool = False
    goal: tuple[str, str | None] | None = None


def drop_duplicates(con: duckdb.DuckDBPyConnection) -> None:
    """Keep one body of every span; note where the others differed."""
    con.execute((queries_root() / "ingest" / "duplicates.sql").read_text("utf-8"))
    if not con.execute("select count(*) from duplicate_spans").fetchall()[0][0]:
        return
    # The first span of a group carries the resource of all; it must survive where others need it.
    con.execute(
        """
        insert into ingest_notes
        select source_id, trace_id, span_id, 'second_body', null, null
        from duplicate_spans where is_second_body
        """
    )
    con.execute("delete from span_records where span_ord in (select span_ord from duplicate_spans)")


def build(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    registry: Registry,
    settings: ModelSettings,
    wanted: Collection[str] | None = None,
    *,
    with_model: bool = True,
) -> None:
    """(Re)build everything that is derived from the records.

    Args:
        wanted: as in rebuild_model.
        with_model: False stops at the resolved attributes; whoever opens the store builds the rest.
    """
    _macros(con, catalog)
    con.execute((queries_root() / "ingest" / "resources.sql").read_text("utf-8"))
    drop_duplicates(con)
    con.execute("alter table span_records drop column attribute_keys")
    _registry_tables(con, registry)
    _resolve(con, registry)
    _note_settings(con, settings, has_model=with_model)
    if with_model:
        rebuild_model(con, catalog, settings, wanted)


def rebuild_model(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    settings: ModelSettings,
    wanted: Collection[str] | None = None,
) -> None:
    """Build the model tables again with other settings, from attributes already resolved.

    Args:
        wanted: build only these tables and what they need; all by default.
    """
    _settings_table(con, settings)
    _note_settings(con, settings, has_model=True)
    needed = closure(catalog, catalog.models if wanted is None else wanted)
    order = [name for name in catalog.build_order(given=GIVEN_TABLES) if name in needed]
    for position, name in enumerate(order):
        con.execute(f'create or replace table "{name}" as {catalog.models[name].sql}')
        _drop_unneeded(con, catalog, order[: position + 1], order[position + 1 :])
    con.execute((queries_root() / "ingest" / "views.sql").read_text("utf-8"))


def build_missing(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, wanted: Collection[str]
) -> None:
    """Build tables that an earlier build left out."""
    rows = con.execute("select table_name from duckdb_tables()").fetchall()
    present = {row[0] for row in rows} | _STEPS
    missing = closure(catalog, wanted) - present
    for name in catalog.build_order(given=GIVEN_TABLES):
        if name in missing:
            con.execute(f'create table "{name}" as {catalog.models[name].sql}')


def closure(catalog: Catalog, wanted: Collection[str]) -> frozenset[str]:
    """The model tables among `wanted`, and all that these read."""
    found: set[str] = set()
    waiting = [*wanted, *_ALWAYS]
    while waiting:
        name = waiting.pop()
        if name in catalog.models and name not in found:
            found.add(name)
            waiting += catalog.references(catalog.models[name])
    return frozenset(found)


def _drop_unneeded(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, built: list[str], waiting: list[str]
) -> None:
    """Drop the steps on the way to a span's context as soon as no table to come reads them."""
    needed = {table for name in waiting for table in catalog.references(catalog.models[name])}
    for name in _STEPS.intersection(built) - needed:
        con.execute(f"drop table if exists {name}")


def _note_settings(
    con: duckdb.DuckDBPyConnection, settings: ModelSettings, *, has_model: bool
) -> None:
    con.execute(
        "insert or replace into store_meta values ('model_settings', ?), ('has_model', ?)",
        [msgspec.json.encode(settings).decode(), "yes" if has_model else "no"],
    )


def has_model(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether the store holds the model, or only what it is built from."""
    rows = con.execute("select value from store_meta where key = 'has_model'").fetchall()
    return rows == [("yes",)]


def settings_of(con: duckdb.DuckDBPyConnection) -> ModelSettings:
    """The settings that the model of a store was built with."""
    rows = con.execute("select value from store_meta where key = 'model_settings'").fetchall()
    return msgspec.json.decode(rows[0][0], type=ModelSettings)


def _macros(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    for macro in catalog.macros.values():
        con.execute(macro.sql)


def _settings_table(con: duckdb.DuckDBPyConnection, settings: ModelSettings) -> None:
    """One row. The horizon is the latest plausible end of the load unless --until says otherwise.

    Plausible is after 2015 and within two years of the median start: one span dated 2099 must not
    settle every session, and the answer must not depend on today's date.
    """
    goal_kind, goal_name = settings.goal or (None, None)
    con.execute(
        f"""
        create or replace table model_settings as
        with typical as (
            select median(start_unix_ns) as start_unix_ns
            from span_records where start_unix_ns > {45 * 365 * _DAY_NS}
        ),
        latest as (
            select max(greatest(records.start_unix_ns, records.end_unix_ns)) as end_unix_ns
            from span_records as records cross join typical
            where records.start_unix_ns > {45 * 365 * _DAY_NS}
                and records.start_unix_ns < typical.start_unix_ns + {730 * _DAY_NS}
                and coalesce(records.end_unix_ns, 0) < typical.start_unix_ns + {730 * _DAY_NS}
        )
        select
            {settings.idle_ns}::bigint as idle_ns,
            coalesce({sql_literal(settings.until_ns)}, latest.end_unix_ns)::bigint as horizon_ns,
            {sql_literal(settings.is_complete)} as is_complete,
            {sql_literal(goal_kind)}::varchar as goal_kind,
            {sql_literal(goal_name)}::varchar as goal_name
        from latest
        """
    )


def _resolve(con: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Create the resolved_* tables and keep their statements in the store."""
    tables = [(name, SPANS, roles) for name, roles in GROUPS.items()]
    tables.append(("resolved_resource", RESOURCES, _ALL_ROLES))
    tables.append(("resolved_log", LOGS, _ALL_ROLES))
    for name, place, roles in tables:
        groups = grouped(_shapes(con, place, keys_of(registry, place, roles)))
        text = statement(name, registry, place, roles, groups)
        con.execute(text)
        con.execute("insert or replace into store_meta values (?, ?)", [f"sql:{name}", text])


def _shapes(con: duckdb.DuckDBPyConnection, place: Place, keys: list[str]) -> list[Shapes]:
    """The shapes of a place with what they have of some keys, the most frequent first."""
    rows = con.execute(
        f"""
        with counted as (
            select shape_hash, count(*) as records from {place.relation} group by shape_hash
        )
        select shape_hash, list_intersect(attribute_keys, $keys), records
        from {place.name}_shapes inner join counted using (shape_hash)
        order by records desc, shape_hash
        """,
        {"keys": keys},
    ).fetchall()
    return [Shapes(frozenset(found or ()), (shape,), count) for shape, found, count in rows]


def resolution_statements(registry: Registry) -> dict[str, str]:
    """The statements that resolve attributes, as if every key of the registry occurred."""
    tables = {"resolved_attributes": _ALL_ROLES, **GROUPS}
    return {
        name: statement(
            name, registry, SPANS, roles, [Shapes(frozenset(keys_of(registry, SPANS, roles)))]
        )
        for name, roles in tables.items()
    }


def _registry_tables(con: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """The registry as tables, so that SQL and people can read it."""
    documents = registry.documents
    _table(
        con,
        "attribute_registry",
        "name varchar, title varchar, type varchar, role varchar, convention varchar, "
        "level varchar, privacy varchar, domain varchar, unit varchar, position integer, "
        "alias varchar, alias_path varchar, alias_convention varchar",
        [
            (
                *(each.name, each.title, each.type, each.role, each.convention, each.level),
                *(each.privacy, each.domain, each.unit, position),
                *(alias.key, alias.path, alias.convention),
            )
            for each in registry.attributes
            for position, alias in enumerate(each.aliases, 1)
        ],
    )
    _table(
        con,
        "turn_span_names",
        "span_name varchar, scope_prefix varchar",
        [
            (name, rule.get("scope_prefix", ""))
            for rule in documents["kinds"]["turn_span"]
            for name in rule.get("names", [])
        ],
    )
    _table(
        con,
        "side_tasks",
        "pattern varchar, scope varchar, reason varchar",
        [
            (each["pattern"], each.get("scope"), each["reason"])
            for each in documents["side_tasks"]["side_task"]
        ],
    )
    ends = documents["end_reasons"]
    _table(con, "end_reasons", "reason varchar, class varchar", list(ends["end_reasons"].items()))
    for kind in ("actions", "tools"):
        names = [(name,) for name in ends["escalation"][kind]]
        _table(con, f"escalation_{kind}", "name varchar", names)
    _table(
        con,
        "content_keys",
        "pattern varchar, place varchar, shape varchar, convention varchar, event varchar",
        [
            (each["pattern"], each["where"], each["shape"], each["convention"], each.get("event"))
            for each in documents["content_keys"]["content"]
        ],
    )
    _table(
        con,
        "sampling_rules",
        "sign varchar, pattern varchar, means varchar, is_head boolean, other_key varchar, "
        "other_value varchar, only_values varchar[]",
        [
            (
                *(each.get("key", "tracestate"), each.get("pattern"), each["means"], each["head"]),
                *(each.get("only_if", {}).get(name) for name in ("key", "value")),
                each.get("values"),
            )
            for kind in ("attribute", "tracestate")
            for each in documents["sampling"][kind]
        ],
    )
    _table(
        con,
        "key_conventions",
        "key varchar, convention varchar",
        list(conventions_of_keys(registry).items()),
    )
    con.execute(
        """
        create or replace table shape_conventions as
        with counted as (
            select shapes.shape_hash, key_conventions.convention, count(*) as keys
            from (select shape_hash, unnest(attribute_keys) as key from span_shapes) as shapes
            inner join key_conventions using (key)
            group by all
        )
        select shape_hash, arg_max(convention, (keys, convention)) as convention
        from counted group by shape_hash
        """
    )
    con.execute(
        "insert or replace into store_meta values ('registry_digest', ?)", [registry.digest]
    )


def _table(
    con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[tuple[object, ...]]
) -> None:
    con.execute(f"create or replace table {name} ({columns})")
    insert_rows(con, name, rows)
