"""Generates the one statement that is not written by hand: attributes resolved by the registry.

Spans of one instrumentation have the same keys in the same order, so there are few distinct key
lists ("shapes", 4 in 450,000 spans of one service). The position of every alias is looked up once
for each shape; a span then takes its values by position. Only keys that occur in the load are in
the statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessiontrace.registry import CONVENTION
from sessiontrace.sqltext import quote_literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sessiontrace.registry import Alias, Attribute, KindSource, Registry

GROUPS: dict[str, frozenset[str]] = {
    "resolved_identity": frozenset({"identity", "kind"}),
    "resolved_calls": frozenset({"usage", "model", "tool", "agent"}),
    "resolved_declared": frozenset(
        {"session", "user", "conversation", "turn", "context", "journey", "dropoff"}
        | {"evaluation", "lifecycle", "resource"}
    ),
}
"""Table -> roles. Three tables and not one: a turn's thirty attributes sit on one span in five, and
writing a column of NULLs for all others costs as much as writing values."""

KINDS = ("agent", "llm", "tool", "chain", "other")
_TYPES = {
    "string": "varchar",
    "int": "bigint",
    "double": "double",
    "bool": "boolean",
    "timestamp": "timestamp",
    "string_list": "varchar",
    "json": "varchar",
}
# Attributes that need the placeholder test: where "unknown" or "[redacted]" would make groups.
_CHECKED_ROLES = frozenset({"identity", "session", "user", "model", "turn", "agent", "resource"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where attributes are read: the relation, its key columns and its lists."""

    relation: str
    key: str
    name: str


SPANS = Place("span_records", "span_ord", "span")
RESOURCES = Place("resource_records", "resource_hash", "resource")
LOGS = Place("log_records", "log_ord", "log")


class Resolution:
    """Statements that resolve the attributes of one place for the keys that occur there."""

    def __init__(self, registry: Registry, present: Iterable[str]) -> None:
        self._registry = registry
        self._positions: dict[str, str] = {}
        self._present = frozenset(present)

    def table(self, name: str, place: Place, roles: frozenset[str]) -> str:
        """`create table NAME as` one row for each span, resource or log record with any of its
        attributes, or for every one if the roles hold identity."""
        attributes = [
            each for each in self._registry.attributes if each.role in roles and place.name in
            (*each.scope, *(scope for alias in each.aliases for scope in alias.scopes))
        ]
        columns = [self._column(each, place) for each in attributes]
        if "kind" in roles and place is SPANS:
            columns += [self._kind(), self._kind_convention()]
        keys = sorted(self._positions)
        selected = "".join(f",\n    {column}" for column in columns)
        positions = "".join(
            f",\n        list_position(attribute_keys, {quote_literal(key)}) as {self._positions[key]}"
            for key in keys
        )
        having = " or ".join(f"shapes.{self._positions[key]} is not null" for key in keys) or "false"
        where = "" if "identity" in roles else f"\nwhere {having}"
        return (
            f"create table {name} as\n"
            f"with shapes as (\n    select\n        attribute_keys{positions}\n"
            f"    from (select distinct attribute_keys from {place.relation})\n)\n"
            f"select\n    records.{place.key}{selected}\n"
            f"from {place.relation} as records\n"
            f"inner join shapes on records.attribute_keys is not distinct from shapes.attribute_keys"
            f"{where}"
        )

    # -- expressions ------------------------------------------------------------------------------

    def _value(self, key: str) -> str:
        """The AnyValue JSON under a key."""
        position = self._positions.setdefault(key, f"p{len(self._positions)}")
        return f"records.attribute_values[shapes.{position}]"

    def _text(self, alias: Alias) -> str:
        text = f"any_value_text({self._value(alias.key)})"
        if alias.path is not None:
            path = "$" + "".join(f'."{part}"' for part in alias.path.split("."))
            text = f"json_member({self._value(alias.key)}, {quote_literal(path)})"
        elif alias.json_text:
            text = f"json_text_decoded({text})"
        if alias.only_if is not None and alias.only_if[0] in self._present:
            other = f"any_value_text({self._value(alias.only_if[0])})"
            text = f"case when {other} = {quote_literal(alias.only_if[1])} then {text} end"
        return text

    def _typed(self, attribute: Attribute, alias: Alias) -> str:
        if attribute.type == "string_list":
            return f"any_value_last({self._value(alias.key)})"
        text = self._text(alias)
        if attribute.type == "int":
            value = f"to_integer({text})"
            return self._with_excluded(attribute, alias, value)
        if attribute.type == "double":
            value = f"to_finite({text})"
            return value if alias.scale is None else f"{value} * {alias.scale!r}"
        if attribute.type == "bool":
            return f"to_boolean({text})"
        if attribute.type == "timestamp":
            return f"to_utc_timestamp({text})"
        if attribute.role in _CHECKED_ROLES:
            return self._usable(attribute, text)
        return f"nullif({text}, '')"

    def _with_excluded(self, attribute: Attribute, alias: Alias, value: str) -> str:
        """Add back what the convention takes out of its count."""
        names = ["cached_input_tokens", "cache_creation_tokens"] if alias.excludes_cached else []
        names += ["reasoning_tokens"] if alias.excludes_reasoning else []
        parts = [self._coalesced(self._registry.attribute(name)) for name in names]
        return value + "".join(f" + coalesce({part}, 0)" for part in parts if part is not None)

    def _usable(self, attribute: Attribute, text: str) -> str:
        values, patterns = self._registry.placeholders(attribute.name)
        listed = ", ".join(quote_literal(value) for value in sorted(set(values)))
        pattern = quote_literal("(?i)(" + "|".join(patterns) + ")")
        return f"usable_text({text}, [{listed}], {pattern})"

    def _aliases(self, attribute: Attribute, place: Place) -> list[Alias]:
        return [
            alias
            for alias in attribute.aliases
            if alias.key in self._present
            and place.name in (alias.scopes or attribute.scope)
            and (alias.only_if is None or alias.only_if[0] in self._present)
        ]

    def _coalesced(self, attribute: Attribute, place: Place = SPANS) -> str | None:
        parts = [self._typed(attribute, alias) for alias in self._aliases(attribute, place)]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"

    def _column(self, attribute: Attribute, place: Place) -> str:
        type_name = _TYPES[attribute.type]
        expression = self._coalesced(attribute, place)
        column = f"cast({expression or 'null'} as {type_name}) as {attribute.name}"
        if attribute.name in ("session_id", "conversation_id", "user_id", "turn_number"):
            column += f",\n    {self._winner(attribute, place)} as {attribute.name}_key"
        return column

    def _winner(self, attribute: Attribute, place: Place) -> str:
        """The key that supplied the value."""
        cases = [
            f"when {self._typed(attribute, alias)} is not null then "
            + quote_literal(alias.key if alias.path is None else f"{alias.key}.{alias.path}")
            for alias in self._aliases(attribute, place)
        ]
        return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"

    def _sources(self) -> Sequence[KindSource]:
        return [source for source in self._registry.kinds if source.key in self._present]

    def _kind_of(self, source: KindSource) -> str:
        text = f"any_value_text({self._value(source.key)})"
        if source.json_text:
            text = f"json_text_decoded({text})"
        whens = "".join(
            f" when {quote_literal(value)} then {quote_literal(kind)}"
            for value, kind in source.values.items()
        )
        prefixes = "".join(
            f" when starts_with(lower({text}), {quote_literal(prefix)}) then {quote_literal(kind)}"
            for prefix, kind in sorted(source.prefixes.items(), key=lambda each: -len(each[0]))
        )
        by_prefix = f" else case{prefixes} end" if prefixes else ""
        return f"case lower({text}){whens}{by_prefix} end"

    def _kind(self) -> str:
        parts = [self._kind_of(source) for source in self._sources()]
        parts += [self._fallback(rule) for rule in self._registry.documents["kinds"]["fallback"]]
        known = [part for part in parts if part]
        return f"coalesce({', '.join([*known, 'null'])})::varchar as semantic_kind"

    def _fallback(self, rule: dict[str, object]) -> str:
        has = [key for key in _keys(rule, "has_any") if key in self._present]
        if not has:
            return ""
        lacks = [key for key in _keys(rule, "lacks_any") if key in self._present]
        condition = " or ".join(f"{self._value(key)} is not null" for key in has)
        without = "".join(f" and {self._value(key)} is null" for key in lacks)
        return f"case when ({condition}){without} then {quote_literal(str(rule['kind']))} end"

    def _kind_convention(self) -> str:
        cases = [
            f"when {self._kind_of(source)} is not null then {quote_literal(source.convention)}"
            for source in self._sources()
        ]
        expression = f"case {' '.join(cases)} end" if cases else "null"
        return f"cast({expression} as varchar) as kind_convention"


def _keys(rule: dict[str, object], member: str) -> list[str]:
    keys = rule.get(member, [])
    return [str(key) for key in keys] if isinstance(keys, list) else []


def conventions_of_keys(registry: Registry) -> dict[str, str]:
    """Which convention a key speaks of by itself, for keys that belong to exactly one."""
    found: dict[str, set[str]] = {}
    for attribute in registry.attributes:
        for alias in attribute.aliases:
            name = CONVENTION if alias.key == attribute.convention else alias.convention
            found.setdefault(alias.key, set()).add(name)
    for source in registry.kinds:
        found.setdefault(source.key, set()).add(source.convention)
    own = {each.convention for each in registry.attributes if each.convention}
    return {
        key: CONVENTION if key in own else next(iter(names))
        for key, names in sorted(found.items())
        if key in own or (len(names) == 1 and names.isdisjoint({"application", "project"}))
    }
