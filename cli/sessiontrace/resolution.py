"""Generates the one kind of statement not written by hand: attributes resolved by the registry.

Spans of one instrumentation have the same keys in the same order, so there are few distinct key
lists ("shapes", 4 in 450,000 spans of one service). The position of every alias is looked up once
for each shape; a span then takes its values by position. Only keys that occur in the load are in
the statement. It works in stages (values, texts, candidates, columns), because a macro that names
its argument ten times around another such macro is planned for a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sessiontrace.binding import sql_literal
from sessiontrace.registry import CONVENTION

if TYPE_CHECKING:
    from collections.abc import Iterable

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

_TYPES = {
    "string": "varchar",
    "int": "bigint",
    "double": "double",
    "bool": "boolean",
    "timestamp": "timestamp",
    "string_list": "varchar",
    "json": "varchar",
}
# Where "unknown" or "[redacted]" would join what does not belong together. The test is the most
# expensive of all, so plain labels such as a channel go without.
_CHECKED_ROLES = frozenset({"identity", "model"})
_CHECKED = frozenset({"turn_id", "service_name", "org_id"})
_WITH_KEY = frozenset({"session_id", "conversation_id", "user_id", "turn_number"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where attributes are read: the relation, its key column and its name in the registry."""

    relation: str
    key: str
    name: str


SPANS = Place("span_records", "span_ord", "span")
RESOURCES = Place("resource_records", "resource_hash", "resource")
LOGS = Place("log_records", "log_ord", "log")


def keys_of(registry: Registry, place: Place, roles: frozenset[str]) -> list[str]:
    """Every key that the statement for a place and some roles may read."""
    keys = set()
    for attribute in registry.attributes:
        if attribute.role in roles and attribute.reads(place.name):
            for alias in attribute.aliases:
                keys.add(alias.key)
                if alias.only_if is not None:
                    keys.add(alias.only_if[0])
    if "kind" in roles and place is SPANS:
        kinds = registry.documents["kinds"]
        keys |= {source.key for source in registry.kinds}
        keys |= {rule["key"] for rule in kinds["turn_span"] if "key" in rule}
        for rule in kinds["fallback"]:
            keys |= {*rule["has_any"], *rule.get("lacks_any", [])}
    return sorted(keys)


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes that are read by one SELECT.

    Attributes:
        keys: what any of them has of the keys that are looked for.
        hashes: which they are; None for all there are.
        rows: how many records have one of them.
    """

    keys: frozenset[str]
    hashes: tuple[int, ...] | None = None
    rows: int = 0

    def joined(self, other: Shapes) -> Shapes:
        """Both in one."""
        hashes = (*(self.hashes or ()), *(other.hashes or ()))
        return Shapes(self.keys | other.keys, hashes, self.rows + other.rows)


# Reading the lists of a record costs about as much as looking up this many of its attributes.
_SCAN_IN_KEYS = 2


def grouped(shapes: Iterable[Shapes]) -> list[Shapes]:
    """Join shapes as long as that saves more scans than it adds look-ups that find nothing.

    Sixty attributes looked up on every span, of which a span has six, took three times as long as
    four groups of spans with the attributes that each has.
    """
    by_keys: dict[frozenset[str], Shapes] = {}
    for each in shapes:
        by_keys[each.keys] = by_keys[each.keys].joined(each) if each.keys in by_keys else each
    groups = sorted(by_keys.values(), key=lambda each: (-each.rows, sorted(each.keys)))
    scan = _SCAN_IN_KEYS * sum(each.rows for each in groups)
    # Rare shapes first into one, so that thousands of them stay cheap.
    while len(groups) > _MOST_GROUPS:
        groups[-2:] = [groups[-2].joined(groups[-1])]
    while len(groups) > 1:
        best = min(
            (_added(a, b), i, j)
            for i, a in enumerate(groups)
            for j, b in enumerate(groups[i + 1 :], i + 1)
        )
        if best[0] > scan:
            break
        merged = groups[best[1]].joined(groups[best[2]])
        groups = [each for at, each in enumerate(groups) if at not in best[1:]] + [merged]
    return groups


_MOST_GROUPS = 24


def _added(a: Shapes, b: Shapes) -> int:
    """Look-ups that find nothing if two groups are joined."""
    both = len(a.keys | b.keys)
    return a.rows * (both - len(a.keys)) + b.rows * (both - len(b.keys))


def statement(
    name: str,
    registry: Registry,
    place: Place,
    roles: frozenset[str],
    groups: Iterable[Shapes],
) -> str:
    """Return `create or replace table NAME`.

    It holds a row for each record, or, unless the roles hold identity, for each that has any of the
    attributes.
    """
    chosen = [each for each in groups if each.keys or "identity" in roles]
    selects = [
        _Select(registry, place, roles, each).text()
        for each in chosen or [Shapes(frozenset(), hashes=())]
    ]
    return f"create or replace table {name} as\n" + "\nunion all\n".join(selects)


class _Select:
    """One SELECT: the attributes of some roles for records of some shapes."""

    def __init__(
        self, registry: Registry, place: Place, roles: frozenset[str], shapes: Shapes
    ) -> None:
        self._registry = registry
        self._place = place
        self._roles = roles
        self._shapes = shapes
        self._present = shapes.keys
        self._positions: dict[str, str] = {}
        self._stages: dict[str, dict[str, str]] = {"texts": {}, "decoded": {}, "candidates": {}}

    def text(self) -> str:
        """The SELECT in parentheses."""
        columns = [column for each in self._attributes() for column in self._columns(each)]
        if "kind" in self._roles and self._place is SPANS:
            columns += [self._kind(), self._kind_convention(), self._is_turn_kind()]
        key = self._place.key
        selected = "".join(f",\n    {column}" for column in columns)
        hashes = self._shapes.hashes
        listed = ", ".join(map(str, hashes or ())) or "null"
        where = "" if hashes is None else f"\n    where shape_hash in ({listed})"
        return (
            f"(with shapes as (\n    select\n        shape_hash{self._shape_columns()}\n"
            f"    from {self._place.name}_shapes{where}\n),\n\n"
            f"{self._values()},\n\n"
            f"{self._stage('texts', 'value_list')},\n\n"
            f"{self._stage('decoded', 'texts')},\n\n"
            f"{self._stage('candidates', 'decoded')}\n\n"
            f"select\n    {key}{selected}\nfrom candidates)"
        )

    # -- stages -----------------------------------------------------------------------------------

    def _shape_columns(self) -> str:
        return "".join(
            f",\n        list_position(attribute_keys, {sql_literal(key)}) as {position}"
            for key, position in self._positions.items()
        )

    def _values(self) -> str:
        columns = "".join(
            f",\n        records.attribute_values[shapes.{position}] as v_{position}"
            for position in self._positions.values()
        )
        any_key = " or ".join(f"{each} is not null" for each in self._positions.values())
        is_chosen = "identity" in self._roles or self._shapes.hashes is not None
        where = "" if is_chosen else f"\n    where {any_key or 'false'}"
        return (
            f"value_list as (\n    select\n        records.{self._place.key}{columns}\n"
            f"    from {self._place.relation} as records\n"
            f"    inner join shapes using (shape_hash){where}\n)"
        )

    def _stage(self, name: str, source: str) -> str:
        columns = "".join(
            f",\n        {expression} as {column}"
            for expression, column in self._stages[name].items()
        )
        return f"{name} as (\n    select\n        *{columns}\n    from {source}\n)"

    def _named(self, stage: str, prefix: str, expression: str) -> str:
        """The column of a stage that holds an expression."""
        columns = self._stages[stage]
        return columns.setdefault(expression, f"{prefix}{len(columns)}")

    def _value(self, key: str) -> str:
        return "v_" + self._positions.setdefault(key, f"p{len(self._positions)}")

    def _text(self, key: str) -> str:
        return self._named("texts", "t", f"any_value_text({self._value(key)})")

    def _decoded(self, alias: Alias) -> str:
        """The text of an alias, with JSON inside it opened."""
        text = self._text(alias.key)
        if alias.path is not None:
            path = "$" + "".join(f'."{part}"' for part in alias.path.split("."))
            text = self._named(
                "decoded",
                "d",
                f"json_member({self._value(alias.key)}, {text}, {sql_literal(path)})",
            )
        elif alias.json_text:
            text = self._named("decoded", "d", f"json_text_decoded({text})")
        if alias.only_if is not None:
            other, wanted = self._text(alias.only_if[0]), sql_literal(alias.only_if[1])
            text = self._named("decoded", "d", f"case when {other} = {wanted} then {text} end")
        return text

    # -- one attribute ----------------------------------------------------------------------------

    def _attributes(self) -> list[Attribute]:
        return [
            each
            for each in self._registry.attributes
            if each.role in self._roles - {"kind"} and each.reads(self._place.name)
        ]

    def _aliases(self, attribute: Attribute) -> list[Alias]:
        return [
            alias
            for alias in attribute.aliases
            if alias.key in self._present
            and self._place.name in (alias.scopes or attribute.scope)
            and (alias.only_if is None or alias.only_if[0] in self._present)
        ]

    def _columns(self, attribute: Attribute) -> list[str]:
        aliases = self._aliases(attribute)
        candidates = [self._candidate(attribute, alias) for alias in aliases]
        value = _coalesce(candidates)
        columns = [f"cast({value} as {_TYPES[attribute.type]}) as {attribute.name}"]
        if attribute.name in _WITH_KEY:
            cases = "".join(
                f" when {candidate} is not null then {sql_literal(_key_of(alias))}"
                for candidate, alias in zip(candidates, aliases, strict=True)
            )
            winner = f"case{cases} end" if cases else "null"
            columns.append(f"cast({winner} as varchar) as {attribute.name}_key")
        return columns

    def _candidate(self, attribute: Attribute, alias: Alias) -> str:
        return self._named("candidates", "c", self._typed(attribute, alias))

    def _typed(self, attribute: Attribute, alias: Alias) -> str:
        if attribute.type == "string_list":
            return f"any_value_last({self._value(alias.key)}, {self._text(alias.key)})"
        text = self._decoded(alias)
        if attribute.type == "int":
            return f"to_integer({text}){self._excluded(alias)}"
        if attribute.type == "double":
            value = f"to_finite({text})"
            return value if alias.scale is None else f"{value} * {alias.scale!r}"
        if attribute.type == "bool":
            return f"to_boolean({text})"
        if attribute.type == "timestamp":
            return f"to_utc_timestamp({text})"
        if attribute.role in _CHECKED_ROLES or attribute.name in _CHECKED:
            values, patterns = self._registry.placeholders(attribute.name)
            listed = ", ".join(sql_literal(value) for value in sorted(set(values)))
            pattern = sql_literal("(?i)(" + "|".join(patterns) + ")")
            return f"usable_text({text}, [{listed}], {pattern})"
        return f"nullif({text}, '')"

    def _excluded(self, alias: Alias) -> str:
        """What the convention takes out of its count, to be added back."""
        names = ["cached_input_tokens", "cache_creation_tokens"] if alias.excludes_cached else []
        names += ["reasoning_tokens"] if alias.excludes_reasoning else []
        parts = ""
        for name in names:
            attribute = self._registry.attribute(name)
            texts = [f"to_integer({self._decoded(each)})" for each in self._aliases(attribute)]
            if texts:
                parts += f" + coalesce({', '.join(texts)}, 0)"
        return parts

    # -- kind -------------------------------------------------------------------------------------

    def _sources(self) -> list[KindSource]:
        return [source for source in self._registry.kinds if source.key in self._present]

    def _kind_of(self, source: KindSource) -> str:
        text = self._text(source.key)
        if source.json_text:
            text = self._named("decoded", "d", f"json_text_decoded({text})")
        whens = "".join(
            f" when {sql_literal(value)} then {sql_literal(kind)}"
            for value, kind in source.values.items()
        )
        prefixes = "".join(
            f" when starts_with(lower({text}), {sql_literal(prefix)}) then {sql_literal(kind)}"
            for prefix, kind in sorted(source.prefixes.items(), key=lambda each: -len(each[0]))
        )
        by_prefix = f" else case{prefixes} end" if prefixes else ""
        return self._named("candidates", "c", f"case lower({text}){whens}{by_prefix} end")

    def _kind(self) -> str:
        parts = [self._kind_of(source) for source in self._sources()]
        for rule in self._registry.documents["kinds"]["fallback"]:
            has = [key for key in rule["has_any"] if key in self._present]
            lacks = [key for key in rule.get("lacks_any", []) if key in self._present]
            if has:
                condition = " or ".join(f"{self._value(key)} is not null" for key in has)
                without = "".join(f" and {self._value(key)} is null" for key in lacks)
                kind = sql_literal(rule["kind"])
                parts.append(f"case when ({condition}){without} then {kind} end")
        return f"cast({_coalesce(parts)} as varchar) as semantic_kind"

    def _kind_convention(self) -> str:
        cases = "".join(
            f" when {self._kind_of(source)} is not null then {sql_literal(source.convention)}"
            for source in self._sources()
        )
        return f"cast({f'case{cases} end' if cases else 'null'} as varchar) as kind_convention"

    def _is_turn_kind(self) -> str:
        """Whether an attribute says that the span is a turn."""
        tests = [
            f"{self._text(rule['key'])} in ({', '.join(map(sql_literal, rule['values']))})"
            for rule in self._registry.documents["kinds"]["turn_span"]
            if rule.get("key") in self._present
        ]
        return f"coalesce({' or '.join(tests) or 'false'}, false) as is_turn_kind"


def conventions_of_keys(registry: Registry) -> dict[str, str]:
    """Which convention a key speaks of by itself, for keys that belong to exactly one."""
    found: dict[str, set[str]] = {}
    for attribute in registry.attributes:
        for alias in attribute.aliases:
            found.setdefault(alias.key, set()).add(alias.convention)
    for source in registry.kinds:
        found.setdefault(source.key, set()).add(source.convention)
    own = {each.convention for each in registry.attributes if each.convention}
    return {
        key: CONVENTION if key in own else next(iter(names))
        for key, names in sorted(found.items())
        if key in own or (len(names) == 1 and names.isdisjoint({"application", "project"}))
    }


def _coalesce(parts: list[str]) -> str:
    if not parts:
        return "null"
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _key_of(alias: Alias) -> str:
    return alias.key if alias.path is None else f"{alias.key}.{alias.path}"
