"""Gives the parameters of a .sql file their values: bound for the engine, or printed for people."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sessiontrace import sqltext
from sessiontrace.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sessiontrace.sqlfiles import Parameter, SqlFile

_INTEGERS = frozenset("TINYINT SMALLINT INTEGER INT BIGINT HUGEINT UBIGINT UINTEGER".split())
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def bind(file: SqlFile, values: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return the statement and exactly the parameters that it names.

    DuckDB refuses a missing parameter as well as one too many. Text is read as the declared type,
    so that values may come from the command line.

    Args:
        file: the file; its header has the defaults.
        values: by parameter name; None means NULL.

    Raises:
        UsageError: a name the file does not declare, or text that is not of the declared type.
    """
    for name in values:
        if name not in file.parameters:
            hint = did_you_mean(name, file.parameters)
            raise UsageError(f"{file.name} has no parameter {name!r}", hint=hint)
    bound: dict[str, object] = {}
    for name in sqltext.parameter_names(file.sql):
        parameter = file.parameters[name]
        bound[name] = _typed(parameter, values[name]) if name in values else parameter.default
    return file.sql, bound


def literal(file: SqlFile, values: Mapping[str, object]) -> str:
    """Return the statement with its parameters as SQL literals, ready for a DuckDB shell."""
    sql, bound = bind(file, values)
    pieces: list[str] = []
    position = 0
    for token in sqltext.tokens(sql):
        if token.kind == "parameter":
            pieces += [sql[position : token.start], sql_literal(bound[token.text[1:]])]
            position = token.end
    return "".join([*pieces, sql[position:]])


def sql_literal(value: object) -> str:
    """Return a value as a DuckDB literal.

    Raises:
        UsageError: text with a NUL character, which SQL text cannot hold, or an unknown type.
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | Decimal():
            return str(value) if value >= 0 else f"({value})"
        case float():
            return repr(value) if math.isfinite(value) and value >= 0 else f"'{value!r}'::DOUBLE"
        case str():
            if "\0" in value:
                raise UsageError("a parameter holds a NUL character")
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            at = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return f"TIMESTAMP '{at.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case timedelta():
            return f"INTERVAL '{value // timedelta(microseconds=1)} microseconds'"
        case list() | tuple():
            return f"[{', '.join(sql_literal(each) for each in value)}]"
        case _:
            raise UsageError(f"a parameter cannot be {type(value).__name__}")


def _typed(parameter: Parameter, value: object) -> object:
    """Read text as the declared type; other values are the caller's business."""
    if not isinstance(value, str):
        return value
    kind = parameter.type.upper()
    try:
        if kind in _INTEGERS:
            return int(value)
        if kind in ("DOUBLE", "FLOAT", "REAL"):
            return float(value)
        if kind in ("BOOLEAN", "BOOL"):
            return _TRUTH[value.lower()]
    except (ValueError, KeyError) as error:
        raise UsageError(f"{parameter.name}: {value!r} is not {kind}") from error
    return value
