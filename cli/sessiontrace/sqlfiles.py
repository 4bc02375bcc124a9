"""The kinds of .sql files, what the header of each kind holds, and the rules of its folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from sessiontrace import sqltext
from sessiontrace.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Role = Literal["group", "value", "k", "n", "low", "high", "unit", "text"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A `$name::TYPE` of a statement.

    Attributes:
        type: the DuckDB type its value is cast to.
        default: a TOML value; None stands for NULL.
    """

    name: str
    type: str
    default: object = None
    help: str = ""


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What the header says about a column of the answer.

    Attributes:
        role: the part it plays in the long CSV table; `text` columns are left out there.
        unit: `ms`, `ns`, `s`, `usd`, `share` (0..1) are shown in human form; others as they are.
    """

    name: str
    title: str = ""
    type: str | None = None
    unit: str | None = None
    role: Role = "text"
    help: str = ""


@dataclass(frozen=True)
class SqlFile:
    """A parsed file. `header` holds the whole TOML table, `sql` the text below it without `;`."""

    folder: ClassVar[str]
    required: ClassVar[tuple[str, ...]] = ("title", "summary")
    optional: ClassVar[tuple[str, ...]] = ("parameters", "columns")

    name: str
    path: Path
    header: Mapping[str, object]
    sql: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    columns: Mapping[str, ColumnNote] = field(default_factory=dict)
    is_builtin: bool = True

    @property
    def title(self) -> str:
        """A few words, without a full stop."""
        return self.text("title") or self.name

    @property
    def summary(self) -> str:
        """One line."""
        return self.text("summary")

    @property
    def label(self) -> str:
        """The path as messages show it: the folder of queries, the kind and the file."""
        return "/".join(self.path.parts[-3:])

    @cached_property
    def names(self) -> sqltext.Names:
        """The tables, functions and CTEs of the statement itself, without what macros read."""
        return sqltext.names_in(self.tokens)

    @cached_property
    def tokens(self) -> list[sqltext.Token]:
        """The statement as tokens, without comments."""
        return sqltext.code_tokens(self.sql)

    def text(self, key: str) -> str:
        """Return a member of the header as text, "" if it is absent."""
        value = self.header.get(key, "")
        return value if isinstance(value, str) else str(value)

    def check(self) -> None:
        """Raise CatalogError unless the text keeps the rules of its folder."""
        check_single_select(self)
        check_parameters(self)


@dataclass(frozen=True)
class ReportFile(SqlFile):
    """A report: one SELECT over the tables of the store.

    `section` of the header names the part of the analysis that shows it.
    """

    folder: ClassVar[str] = "reports"
    optional: ClassVar[tuple[str, ...]] = (*SqlFile.optional, "section")


@dataclass(frozen=True)
class ModelFile(SqlFile):
    """A table of the store; the name of the file is the name of the table."""

    folder: ClassVar[str] = "model"
    required: ClassVar[tuple[str, ...]] = ("title", "summary", "grain", "key")

    @property
    def grain(self) -> str:
        """What one row is."""
        return self.text("grain")

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        value = self.header["key"]
        return tuple(value) if isinstance(value, list) else (str(value),)


@dataclass(frozen=True)
class RuleFile(SqlFile):
    """A lint rule: one SELECT that returns the violations."""

    folder: ClassVar[str] = "rules"
    required: ClassVar[tuple[str, ...]] = (
        *("code", "name", "title", "summary", "severity", "precision"),
        *("rationale", "fix", "false_positives", "requires"),
    )
    optional: ClassVar[tuple[str, ...]] = (
        *SqlFile.optional,
        *("family", "status", "since", "references", "tested", "example"),
    )

    @property
    def code(self) -> str:
        """The code that findings carry, such as STI001."""
        return self.text("code")


@dataclass(frozen=True)
class MacroFile(SqlFile):
    """Shared expressions: `create or replace macro` statements; the header may be absent."""

    folder: ClassVar[str] = "macros"
    required: ClassVar[tuple[str, ...]] = ()
    optional: ClassVar[tuple[str, ...]] = ("title", "summary")

    def check(self) -> None:
        """Raise CatalogError if the file defines nothing or asks for a parameter."""
        if not self.names.defined:
            raise CatalogError(f"{self.label} defines no macro")
        check_parameters(self)


def check_single_select(file: SqlFile) -> None:
    """Raise CatalogError unless the text is one SELECT."""
    count = sqltext.statements(file.sql)
    if count != 1:
        raise CatalogError(f"{file.label} holds {count} statements; a file is one SELECT")
    first = file.tokens[0]
    if first.text.lower() not in ("select", "with", "from", "("):
        raise CatalogError(f"{file.label} begins with {first.text!r}; a file is one SELECT")


def check_parameters(file: SqlFile) -> None:
    """Raise CatalogError unless header and text name the same parameters, each with a cast."""
    code = file.tokens
    for index, token in enumerate(code):
        if token.kind != "parameter":
            continue
        name = token.text[1:]
        if name not in file.parameters:
            raise CatalogError(
                f"{file.label} uses ${name}, which its header does not declare",
                hint=f"add [parameters.{name}] with a type to the header",
            )
        if index + 1 == len(code) or code[index + 1].text != "::":
            raise CatalogError(
                f"{file.label} uses ${name} without a cast",
                hint=f"write ${name}::{file.parameters[name].type}",
            )
    used = {token.text[1:] for token in code if token.kind == "parameter"}
    unused = sorted(set(file.parameters) - used)
    if unused:
        raise CatalogError(f"{file.label} declares {unused[0]!r} and never uses ${unused[0]}")
