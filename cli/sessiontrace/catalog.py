"""Finds the .sql files, checks them, and puts the model tables in order.

The only code that knows where SQL lives. It reads text and never runs it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sessiontrace.errors import CatalogError, UsageError, did_you_mean
from sessiontrace.headers import parse
from sessiontrace.sqlfiles import MacroFile, ModelFile, ReportFile, RuleFile, SqlFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["Catalog", "MacroFile", "ModelFile", "ReportFile", "RuleFile", "SqlFile", "queries_root"]

F = TypeVar("F", bound=SqlFile)
_KINDS: tuple[type[SqlFile], ...] = (MacroFile, ModelFile, ReportFile, RuleFile)


def queries_root() -> Path:
    """Return the folder of built-in queries: inside the package, else beside the checkout's cli/.

    Raises:
        CatalogError: neither exists; the message names both.
    """
    packaged = Path(__file__).resolve().parent / "queries"
    if packaged.is_dir():
        return packaged
    checkout = Path(__file__).resolve().parents[2] / "queries"
    if checkout.is_dir():
        return checkout
    raise CatalogError(
        f"the queries are neither in {packaged} nor in {checkout}", hint="reinstall sessiontrace"
    )


@dataclass(frozen=True)
class Catalog:
    """The .sql files by name: built-in ones and those of `--queries DIR`, in name order.

    Rules are keyed by code, everything else by the name of the file.
    """

    macros: Mapping[str, MacroFile] = field(default_factory=dict)
    models: Mapping[str, ModelFile] = field(default_factory=dict)
    reports: Mapping[str, ReportFile] = field(default_factory=dict)
    rules: Mapping[str, RuleFile] = field(default_factory=dict)
    _read: dict[str, frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, extra: Path | None = None, *, root: Path | None = None) -> Catalog:
        """Read the built-in files and those of a user's folder.

        Args:
            extra: a folder with subfolders named as the built-in ones.
            root: read built-in files from here instead.

        Raises:
            CatalogError: a file breaks the rules, or two have one name.
            UsageError: `extra` is not such a folder.
        """
        folders = [(root or queries_root(), True)]
        if extra is not None:
            _check_layout(extra)
            folders.append((extra, False))
        catalog = cls(
            macros=_collect(MacroFile, folders),
            models=_collect(ModelFile, folders),
            reports=_collect(ReportFile, folders),
            rules=_collect(RuleFile, folders),
        )
        catalog.check(file for file in catalog.files() if not file.is_builtin)
        return catalog

    def check(self, files: Iterable[SqlFile] | None = None) -> None:
        """Raise CatalogError unless files keep the rules of their folders; all by default.

        Loading checks a user's files only: the built-in ones are checked by the tests, and reading
        every statement would take longer than most commands.
        """
        for file in self.files() if files is None else files:
            file.check()
            self._check_ctes(file)

    def files(self) -> Iterator[SqlFile]:
        """Yield every file, folder by folder."""
        for folder in (self.macros, self.models, self.reports, self.rules):
            yield from folder.values()

    def report(self, name: str) -> ReportFile:
        """Return a report by name, or raise UsageError with the nearest one."""
        return _named(self.reports, name, "report")

    def rule(self, code_or_name: str) -> RuleFile:
        """Return a rule by its code or its name, or raise UsageError with the nearest one."""
        by_name = {rule.text("name"): rule for rule in self.rules.values()}
        return _named({**by_name, **self.rules}, code_or_name, "rule")

    def references(self, file: SqlFile) -> frozenset[str]:
        """Return the tables a file reads, itself or through the macros it calls."""
        if file.label not in self._read:
            self._read[file.label] = frozenset(self._tables(file))
        return self._read[file.label]

    def _tables(self, file: SqlFile) -> set[str]:
        defined = {name: macro for macro in self.macros.values() for name in macro.names.defined}
        tables = set(file.names.tables)
        called, waiting = set[str](), [file]
        while waiting:
            for function in waiting.pop().names.functions & defined.keys() - called:
                called.add(function)
                waiting.append(defined[function])
                tables |= defined[function].names.tables
        return tables

    def build_order(
        self, models: Mapping[str, ModelFile] | None = None, *, given: Collection[str] = ()
    ) -> list[str]:
        """Return the model tables so that each comes after those it reads; ties by name.

        Args:
            models: the tables to order; all of them by default.
            given: tables that exist before the model is built.

        Raises:
            CatalogError: a name that is neither a model table nor given, or a cycle.
        """
        models = self.models if models is None else models
        edges = {name: self._edges(file, models, given) for name, file in sorted(models.items())}
        order: list[str] = []
        while len(order) < len(edges):
            ready = [name for name in edges if name not in order and edges[name] <= set(order)]
            if not ready:
                raise _cycle(models, {name: edges[name] for name in edges if name not in order})
            order.append(ready[0])
        return order

    def check_tables(self, file: SqlFile, given: Collection[str] = ()) -> None:
        """Raise CatalogError if a file reads a table that neither the model nor `given` holds."""
        self._edges(file, self.models, given)

    def _edges(
        self, file: SqlFile, models: Mapping[str, ModelFile], given: Collection[str]
    ) -> frozenset[str]:
        references = self.references(file)
        for table in sorted(references - models.keys() - set(given)):
            nearest = did_you_mean(table, {*models, *given})
            raise CatalogError(
                f"{file.label} reads {table!r}, and there is no model/{table}.sql", hint=nearest
            )
        return references & models.keys()

    def _check_ctes(self, file: SqlFile) -> None:
        """A CTE named like a table would hide an edge; a table's own name is free to use."""
        for name in sorted(file.names.ctes & self.models.keys()):
            table = self.models[name]
            is_own = isinstance(file, ModelFile) and file.name == name
            if not is_own and (table.is_builtin or not file.is_builtin):
                raise CatalogError(
                    f"{file.label}: the CTE {name!r} hides the table of {table.label}",
                    hint="give the CTE another name",
                )


def _collect(kind: type[F], folders: list[tuple[Path, bool]]) -> dict[str, F]:
    collected: dict[str, F] = {}
    for folder, is_builtin in folders:
        for path in sorted((folder / kind.folder).glob("*.sql")):
            file = parse(kind, path, is_builtin=is_builtin)
            name = file.code if isinstance(file, RuleFile) else file.name
            if name in collected:
                raise CatalogError(
                    f"{path} and {collected[name].path} are both {name!r}",
                    hint="rename yours: the built-in files are never replaced",
                )
            collected[name] = file
    return dict(sorted(collected.items()))


def _check_layout(extra: Path) -> None:
    known = ", ".join(f"{kind.folder}/" for kind in _KINDS)
    if not extra.is_dir():
        raise UsageError(f"--queries {extra} is not a folder")
    loose = sorted(extra.glob("*.sql"))
    if loose:
        raise UsageError(f"{loose[0]} lies in no subfolder", hint=f"move it to one of {known}")
    if not any((extra / kind.folder).is_dir() for kind in _KINDS):
        raise UsageError(f"--queries {extra} holds none of {known}")


def _named(files: Mapping[str, F], name: str, noun: str) -> F:
    if name not in files:
        raise UsageError(f"there is no {noun} {name!r}", hint=did_you_mean(name, files))
    return files[name]


def _cycle(models: Mapping[str, ModelFile], edges: dict[str, frozenset[str]]) -> CatalogError:
    """Name the files of one cycle; every table in `edges` reads another one in it."""
    walk = [min(edges)]
    while True:
        following = min(edges[walk[-1]] & edges.keys())
        if following in walk:
            break
        walk.append(following)
    ring = [models[name].label for name in walk[walk.index(following) :]]
    return CatalogError(
        f"the tables of {' → '.join([*ring, ring[0]])} need each other",
        hint="a table can only read tables that are built before it",
    )
