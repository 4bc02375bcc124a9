"""Reads the attribute registry (queries/registry): which key means what."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

CONVENTION = "session-tracking"
"""The name under which `spans.convention` shows the project's first convention."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One key that may carry an attribute. `path` is a member of JSON text in the value."""

    key: str
    convention: str
    path: str | None = None
    json_text: bool = False
    scale: float | None = None
    only_if: tuple[str, str] | None = None
    zero_based: bool = False
    excludes_cached: bool = False
    excludes_reasoning: bool = False
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One logical attribute: the column it becomes and its keys in order."""

    name: str
    title: str
    type: str
    role: str
    aliases: tuple[Alias, ...]
    scope: tuple[str, ...]
    convention: str | None = None
    level: str | None = None
    privacy: str = "none"
    domain: str | None = None
    unit: str | None = None

    def reads(self, place: str) -> bool:
        """Whether the attribute may sit in `place`: span, resource, log or event."""
        return place in self.scope or any(place in alias.scopes for alias in self.aliases)


@dataclass(frozen=True, slots=True)
class KindSource:
    """A key whose value says what kind of work a span is."""

    key: str
    convention: str
    values: dict[str, str]
    prefixes: dict[str, str] = field(default_factory=dict)
    json_text: bool = False


@dataclass(frozen=True)
class Registry:
    """Everything in queries/registry, parsed; the aliases may hold the user's own."""

    attributes: tuple[Attribute, ...]
    kinds: tuple[KindSource, ...]
    documents: dict[str, dict[str, Any]]
    texts: tuple[str, ...]

    @classmethod
    def load(cls, folder: Traversable, extra: dict[str, list[str]] | None = None) -> Registry:
        """Read the folder; `extra` maps a logical name to keys to try before the built-in ones."""
        texts = {
            entry.name.removesuffix(".toml"): entry.read_text("utf-8")
            for entry in sorted(folder.iterdir(), key=lambda each: each.name)
            if entry.name.endswith(".toml")
        }
        documents = {name: tomllib.loads(text) for name, text in texts.items()}
        attributes = tuple(
            _attribute(name, entry, (extra or {}).get(name, []))
            for name, entry in documents["attributes"].items()
        )
        kinds = tuple(_kind(entry) for entry in documents["kinds"]["kind"])
        extras = tuple(f"{name}={keys}" for name, keys in sorted((extra or {}).items()))
        return cls(attributes, kinds, documents, (*texts.values(), *extras))

    @cached_property
    def digest(self) -> str:
        """A hash of all that the resolution of attributes depends on."""
        return hashlib.sha256("\0".join(self.texts).encode()).hexdigest()

    def attribute(self, name: str) -> Attribute:
        """The logical attribute of that name."""
        return next(each for each in self.attributes if each.name == name)

    def placeholders(self, name: str) -> tuple[list[str], list[str]]:
        """Values (lower case) and RE2 patterns that mean "missing" for an attribute."""
        document = self.documents["placeholders"]
        tables = [document["any"], document["redaction"], document.get(name, {})]
        values = [value for table in tables for value in table.get("values", [])]
        patterns = [pattern for table in tables for pattern in table.get("patterns", [])]
        return values, patterns


def _attribute(name: str, entry: dict[str, Any], extra: list[str]) -> Attribute:
    aliases = [Alias(key, "project") for key in extra]
    aliases += [_alias(alias, entry.get("convention")) for alias in entry["aliases"]]
    return Attribute(
        name=name,
        title=entry["title"],
        type=entry["type"],
        role=entry["role"],
        aliases=tuple(aliases),
        scope=tuple(entry.get("scope", ["span"])),
        convention=entry.get("convention"),
        level=entry.get("level"),
        privacy=entry.get("privacy", "none"),
        domain=entry.get("domain"),
        unit=entry.get("unit"),
    )


def _alias(entry: str | dict[str, Any], own: str | None) -> Alias:
    if isinstance(entry, str):
        return Alias(entry, CONVENTION if entry == own else "otel")
    condition = entry.get("only_if")
    return Alias(
        key=entry["key"],
        convention=entry.get("convention", "otel"),
        path=entry.get("path"),
        json_text=entry.get("json_text", False),
        scale=entry.get("scale"),
        only_if=(condition["key"], condition["value"]) if condition else None,
        zero_based=entry.get("zero_based", False),
        excludes_cached=entry.get("excludes_cached", False),
        excludes_reasoning=entry.get("excludes_reasoning", False),
        scopes=tuple(entry.get("scopes", ())),
    )


def _kind(entry: dict[str, Any]) -> KindSource:
    return KindSource(
        key=entry["key"],
        convention=entry["convention"],
        values={value.lower(): kind for value, kind in entry["values"].items()},
        prefixes={value.lower(): kind for value, kind in entry.get("prefixes", {}).items()},
        json_text=entry.get("json_text", False),
    )
