"""Reads the header of a .sql file: TOML in a block of line comments at the top.

    -- /// sessiontrace
    -- title = "Turns per session"
    -- summary = "How long sessions are, in turns."
    -- [parameters.top]
    -- type = "INTEGER"
    -- default = 10
    -- [[columns]]
    -- name = "turns"
    -- role = "value"
    -- ///

Line comments, because DuckDB nests block comments and `exports/*.jsonl` would open one.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from sessiontrace import sqltext
from sessiontrace.errors import CatalogError, did_you_mean
from sessiontrace.sqlfiles import ColumnNote, MacroFile, Parameter, Role, SqlFile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

OPENING = "-- /// sessiontrace"
CLOSING = "-- ///"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_ROLES: tuple[str, ...] = get_args(Role)

F = TypeVar("F", bound=SqlFile)


def parse(kind: type[F], path: Path, *, is_builtin: bool = True) -> F:
    """Read and parse one file.

    Raises:
        CatalogError: the file cannot be read, or its name or header breaks the rules.
    """
    label = "/".join(path.parts[-3:])
    if not _NAME.fullmatch(path.stem):
        raise CatalogError(f"{label}: a name is letters, digits and underscores")
    header, sql = split(_text(path, label), label)
    if header is None:
        if kind is not MacroFile:
            raise CatalogError(
                f"{label} has no header", hint=f"begin the file with a line {OPENING!r}"
            )
        header = {}
    _check_members(header, kind.required, kind.optional, label)
    return kind(
        name=path.stem,
        path=path,
        header=header,
        sql=_without_semicolon(sql),
        parameters={
            name: Parameter(name=name, **_members(Parameter, value, f"{label}: {name}"))
            for name, value in _tables(header, "parameters", label).items()
        },
        columns={note.name: note for note in _columns(header, label)},
        is_builtin=is_builtin,
    )


def split(text: str, label: str) -> tuple[dict[str, Any] | None, str]:
    """Return the header's TOML table (None without a header) and the text below it."""
    lines = text.split("\n")
    if lines[0].rstrip() != OPENING:
        return None, text
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == CLOSING:
            source = "\n".join(each[3:] for each in lines[1 : number - 1])
            try:
                return tomllib.loads(source), "\n".join(lines[number:]).strip("\n")
            except tomllib.TOMLDecodeError as error:
                raise CatalogError(f"{label}: the header is not TOML: {error}") from error
        if line.rstrip() != "--" and not line.startswith("-- "):
            raise CatalogError(f"{label}:{number}: a header line begins with '-- '")
    raise CatalogError(
        f"{label}: the header has no closing line", hint=f"close it with {CLOSING!r}"
    )


def _text(path: Path, label: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise CatalogError(f"{label} is not UTF-8: {error.reason}") from error
    except OSError as error:
        raise CatalogError(f"{label} cannot be read: {error.strerror}") from error


def _without_semicolon(sql: str) -> str:
    """Drop the closing semicolon, because Python puts the text inside other statements."""
    if ";" not in sql:
        return sql.rstrip()
    code = sqltext.code_tokens(sql)
    if code and code[-1].text == ";":
        return (sql[: code[-1].start] + sql[code[-1].end :]).rstrip()
    return sql.rstrip()


def _check_members(
    table: Mapping[str, object], required: Collection[str], optional: Collection[str], label: str
) -> None:
    for key in table:
        if key not in required and key not in optional:
            hint = did_you_mean(key, [*required, *optional])
            raise CatalogError(f"{label}: unknown header member {key!r}", hint=hint)
    for key in required:
        if key not in table:
            raise CatalogError(f"{label}: the header has no {key!r}")


def _members(kind: type[Parameter | ColumnNote], table: Any, label: str) -> dict[str, Any]:
    """Check a TOML table against the fields of a dataclass; the name comes from elsewhere."""
    if not isinstance(table, dict):
        raise CatalogError(f"{label} must be a table")
    known = [each.name for each in fields(kind) if each.name != "name"]
    required = ["type"] if kind is Parameter else []
    _check_members(table, required, known, label)
    for key, value in table.items():
        if key != "default" and not isinstance(value, str):
            raise CatalogError(f"{label}: {key} must be text")
    return table


def _tables(header: Mapping[str, Any], key: str, label: str) -> dict[str, Any]:
    value = header.get(key, {})
    if not isinstance(value, dict):
        raise CatalogError(f"{label}: {key} is written [{key}.NAME]")
    return value


def _columns(header: Mapping[str, Any], label: str) -> list[ColumnNote]:
    value = header.get("columns", [])
    if not isinstance(value, list):
        raise CatalogError(f"{label}: columns are written [[columns]]")
    notes: list[ColumnNote] = []
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise CatalogError(f"{label}: each of [[columns]] has a name")
        name = each["name"]
        members = {key: member for key, member in each.items() if key != "name"}
        note = ColumnNote(name=name, **_members(ColumnNote, members, f"{label}: {name}"))
        if note.role not in _ROLES:
            raise CatalogError(
                f"{label}: {name}: unknown role {note.role!r}", hint=f"one of {', '.join(_ROLES)}"
            )
        if any(earlier.name == name for earlier in notes):
            raise CatalogError(f"{label} describes column {name!r} twice")
        notes.append(note)
    return notes
