"""What a piece of DuckDB SQL names: parameters, tables, functions, common table expressions.

Works on the text alone, so that the catalog can be read without the engine. It knows nothing about
files, headers or values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TokenKind = Literal["word", "quoted", "string", "number", "parameter", "comment", "symbol"]

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<escape>[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<parameter>\$\w+)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
    | (?P<space>\s+)
    | (?P<symbol>::|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NESTED = re.compile(r"/\*|\*/")
_AFTER_FROM_ITEM = frozenset(
    "where group having window qualify order limit offset union intersect except select sample"
    " set returning fetch".split()
)
_NOT_A_FROM = frozenset(["extract", "substring", "trim", "overlay", "position"])


class Token(NamedTuple):
    """One token; `start` and `end` are character offsets into the text."""

    kind: TokenKind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Names:
    """What a text names, in lower case.

    Attributes:
        tables: names after FROM and JOIN that are not the text's own CTEs; schema prefixes dropped.
        functions: words followed by an opening parenthesis.
        ctes: names that WITH introduces.
        defined: names that CREATE MACRO or CREATE FUNCTION introduces.
    """

    tables: frozenset[str]
    functions: frozenset[str]
    ctes: frozenset[str]
    defined: frozenset[str]


def tokens(sql: str) -> Iterator[Token]:
    """Cut SQL into tokens; white space is left out, nothing is ever an error."""
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:  # the last alternative takes any character
            raise AssertionError(position)
        kind, end = match.lastgroup or "symbol", match.end()
        if kind == "block":
            kind, end = "comment", _end_of_block_comment(sql, end)
        elif kind == "dollar":
            closing = sql.find(match[0], end)
            kind, end = "string", len(sql) if closing < 0 else closing + len(match[0])
        elif kind == "escape":
            kind = "string"
        if kind != "space":
            yield Token(kind, sql[position:end], position, end)  # type: ignore[arg-type]
        position = end


def _end_of_block_comment(sql: str, position: int) -> int:
    """DuckDB nests block comments."""
    depth = 1
    while depth:
        match = _NESTED.search(sql, position)
        if match is None:
            return len(sql)
        depth += 1 if match[0] == "/*" else -1
        position = match.end()
    return position


def code_tokens(sql: str) -> list[Token]:
    """Return the tokens other than comments."""
    return [token for token in tokens(sql) if token.kind != "comment"]


def parameter_names(sql: str) -> tuple[str, ...]:
    """Return the names of `$name` parameters, each once, in order of appearance."""
    found = (token.text[1:] for token in tokens(sql) if token.kind == "parameter")
    return tuple(dict.fromkeys(found))


def names(sql: str) -> Names:
    """Return the tables, functions, CTEs and macros that a text names."""
    return names_in(code_tokens(sql))


def names_in(code: Sequence[Token]) -> Names:
    """Return the tables, functions, CTEs and macros that `code_tokens` name."""
    ctes = frozenset(_cte_names(code))
    functions = frozenset(
        _identifier(token)
        for token, following in pairwise(code)
        if token.kind in ("word", "quoted") and following.text == "("
    )
    return Names(
        tables=frozenset(_from_items(code)) - ctes,
        functions=functions,
        ctes=ctes,
        defined=frozenset(_macro_names(code)),
    )


def statements(sql: str) -> int:
    """Count the statements: pieces between semicolons that hold any code."""
    count, inside = 0, False
    for token in tokens(sql):
        if token.text == ";" and token.kind == "symbol":
            inside = False
        elif token.kind != "comment" and not inside:
            inside = True
            count += 1
    return count


def _identifier(token: Token) -> str:
    text = token.text
    return (text[1:-1].replace('""', '"') if token.kind == "quoted" else text).lower()


def _words(code: Sequence[Token], index: int) -> str:
    """Return the lower-case text at `index`, or "" beyond the end; quoted names never match."""
    return code[index].text.lower() if 0 <= index < len(code) else ""


def _cte_names(code: Sequence[Token]) -> Iterator[str]:
    """Yield NAME of `NAME [(columns)] [using key (…)] as [[not] materialized] (` in WITH lists."""
    closing = _closing(code)
    for index in range(len(code)):
        if _words(code, index) != "with":
            continue
        at = index + (2 if _words(code, index + 1) == "recursive" else 1)
        while at < len(code) and code[at].kind in ("word", "quoted"):
            body = _cte_body(code, at, closing)
            if body is None:  # `with ordinality`, `with ties`, …
                break
            yield _identifier(code[at])
            at = closing.get(body, len(code)) + 1
            if _words(code, at) != ",":
                break
            at += 1


def _cte_body(code: Sequence[Token], at: int, closing: dict[int, int]) -> int | None:
    """Return the index of the parenthesis that opens the body of the CTE named at `at`."""
    at += 1
    if _words(code, at) == "(":
        at = closing.get(at, len(code)) + 1
    if _words(code, at) == "using":
        at = closing.get(at + 2, len(code)) + 1
    if _words(code, at) != "as":
        return None
    at += 1
    while _words(code, at) in ("not", "materialized"):
        at += 1
    return at if _words(code, at) == "(" else None


def _closing(code: Sequence[Token]) -> dict[int, int]:
    """Map the index of each opening parenthesis to the index of the one that closes it."""
    opened: list[int] = []
    closing: dict[int, int] = {}
    for index, token in enumerate(code):
        if token.kind != "symbol":
            continue
        if token.text == "(":
            opened.append(index)
        elif token.text == ")" and opened:
            closing[opened.pop()] = index
    return closing


def _macro_names(code: Sequence[Token]) -> Iterator[str]:
    for index in range(1, len(code) - 1):
        if _words(code, index - 1) in ("macro", "function") and _words(code, index + 1) == "(":
            yield _identifier(code[index])


def _from_items(code: Sequence[Token]) -> Iterator[str]:
    """Yield the names in FROM clauses; function calls, strings and subqueries are no names."""
    listing = [False]  # per open parenthesis: is this depth inside the list of a FROM clause?
    expecting = False
    for index, token in enumerate(code):
        text = token.text.lower()
        if token.kind == "symbol" and text == "(":
            listing.append(expecting)
            expecting = expecting and _words(code, index + 1) not in ("select", "with", "values")
        elif token.kind == "symbol" and text == ")":
            listing = listing[:-1] or [False]
            expecting = False
        elif token.kind == "symbol" and text in (",", ";"):
            expecting = text == "," and listing[-1]
        elif token.kind == "word" and text == "from" and not _is_operator(code, index):
            listing[-1] = expecting = True
        elif token.kind == "word" and text == "join":
            expecting = True
        elif token.kind == "word" and text in _AFTER_FROM_ITEM:
            listing[-1] = expecting = False
        elif expecting and text != "lateral":
            if token.kind in ("word", "quoted"):
                yield from _table_name(code, index)
            expecting = False


def _table_name(code: Sequence[Token], index: int) -> Iterator[str]:
    schema = ""
    while _words(code, index + 1) == "." and index + 2 < len(code):
        schema = _identifier(code[index])
        index += 2
    if _words(code, index + 1) != "(" and schema not in ("information_schema", "pg_catalog"):
        yield _identifier(code[index])


def _is_operator(code: Sequence[Token], index: int) -> bool:
    """Tell `is distinct from`, `extract(… from …)` and their like from a FROM clause."""
    if _words(code, index - 1) == "distinct" and _words(code, index - 2) in ("is", "not"):
        return True
    depth = 0
    for at in range(index - 1, 0, -1):
        text = code[at].text
        if text == ")":
            depth += 1
        elif text == "(":
            depth -= 1
            if depth < 0:
                return _words(code, at - 1) in _NOT_A_FROM
        elif depth == 0 and text.lower() in ("select", ";"):
            return False
    return False
