"""An open store and what can be asked of it: the one thing that commands and Python use.

with Workspace.open(["exports/"]) as workspace:
    print(workspace.report("session_length").rows)
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from sessiontrace import answers, selecting
from sessiontrace.binding import bind, literal
from sessiontrace.building import (
    ModelSettings,
    build,
    build_missing,
    has_model,
    rebuild_model,
    resolution_statements,
    settings_of,
)
from sessiontrace.catalog import Catalog
from sessiontrace.errors import (
    QueryError,
    StoreError,
    UsageError,
    did_you_mean,
)
from sessiontrace.filling import fill, input_bytes, load_store, registry_of, stored_aliases
from sessiontrace.options import LoadOptions, Selection
from sessiontrace.store import (
    Resources,
    check_schema,
    connect,
    create_schema,
    engine_problem,
    is_store,
    lock_down,
    private_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from types import TracebackType

    from sessiontrace.ingest.loader import Source
    from sessiontrace.render.types import Table

    Progress = Callable[[int], None]


class Workspace:
    """A loaded store. Use `Workspace.open`; it is a context manager.

    Attributes:
        sources: the files of this load with their counters; empty for an existing store.
        notes: what a user should know about the load, in words.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        *,
        sources: Sequence[Source] = (),
        stack: ExitStack | None = None,
        notes: Sequence[str] = (),
        is_partial: bool = False,
    ) -> None:
        self._con = con
        self._catalog = catalog
        self._stack = stack or ExitStack()
        self._is_partial = is_partial
        self.sources = list(sources)
        self.notes = list(notes)
        self.selection = Selection()
        self.select(self.selection)

    # -- opening ----------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        paths: Sequence[str],
        options: LoadOptions | None = None,
        *,
        catalog: Catalog | None = None,
        progress: Progress = lambda _: None,
        writable: Path | None = None,
        tables: Collection[str] | None = None,
    ) -> Self:
        """Load files into memory, or open one existing store.

        Args:
            tables: the tables to build at once, all by default; others are built when asked for.
            writable: the one folder that `export` may write to.

        Raises:
            UsageError: a path or an option is wrong.
            NothingReadableError: the files hold no span.
            StoreError: the store cannot be opened.
        """
        options = options or LoadOptions()
        catalog = catalog or Catalog.load()
        if len(paths) == 1 and is_store(paths[0]):
            return cls._open_store(Path(paths[0]), options, catalog, writable)
        if stores := [path for path in paths if is_store(path)]:
            raise UsageError(
                f"{stores[0]} is a store, and there are other paths beside it",
                hint="give the store alone, or add files to it with load --append --db FILE",
            )
        with ExitStack() as stack:
            workdir = stack.enter_context(private_folder())
            con = connect(None, workdir, options.resources)
            stack.callback(con.close)
            sources = fill(con, workdir, paths, options, catalog, progress, tables=tables)
            lock_down(con, writable)
            return cls(
                con,
                catalog,
                sources=sources,
                stack=stack.pop_all(),
                is_partial=tables is not None,
            )

    @classmethod
    def _open_store(
        cls, path: Path, options: LoadOptions, catalog: Catalog, writable: Path | None
    ) -> Self:
        with ExitStack() as stack:
            workdir = stack.enter_context(private_folder())
            con = connect(path, workdir, options.resources, read_only=True)
            stack.callback(con.close)
            check_schema(con, str(path))
            notes: list[str] = []
            settings = options.settings_over(settings_of(con))
            is_bare = not has_model(con)
            if is_bare or settings != settings_of(con) or options.aliases:
                aliases = {**dict(stored_aliases(con)), **dict(options.aliases)}
                con.close()
                con = _copied(path, workdir, options.resources)
                stack.callback(con.close)
                if options.aliases:
                    create_schema(con)
                    build(con, catalog, registry_of(tuple(aliases.items())), settings)
                else:
                    rebuild_model(con, catalog, settings)
                notes.append(
                    f"{path} holds no model: it was built for this run"
                    if is_bare
                    else f"{path} was built with other settings: the model was rebuilt for this run"
                )
            lock_down(con, writable)
            return cls(con, catalog, stack=stack.pop_all(), notes=notes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store and remove temporary files."""
        self._stack.close()

    # -- asking -----------------------------------------------------------------------------------

    def select(self, selection: Selection) -> None:
        """Restrict every report from here on to some sessions.

        Raises:
            UsageError: `where` is no boolean expression over the columns of `sessions`.
        """
        selecting.apply(self._con, selection)
        self.selection = selection

    def group_by(self, name: str) -> int:
        """Fill the table `groups` with the first observed value of a column or attribute.

        Returns:
            How many sessions show more than one value.

        Raises:
            UsageError: there is no such column, and no span has such an attribute.
        """
        return selecting.group_by(self._con, name)

    def report(self, name: str, **parameters: object) -> Table:
        """Run a report of queries/reports and return its rows.

        Raises:
            UsageError: there is no such report, or it has no such parameter.
        """
        file = self._catalog.report(name)
        if "by" in file.parameters:
            by = parameters.get("by", file.parameters["by"].default)
            self.group_by(str(by))
        self._need(self._catalog.references(file))
        statement, values = bind(file, self._with_horizon(file.parameters, parameters))
        return answers.table(self._con, file, statement, values)

    def sql(self, statement: str, parameters: Mapping[str, object] | None = None) -> Table:
        """Run one SELECT of the user's own, without access to files or settings.

        Raises:
            QueryError: it is not one SELECT, or does not run.
        """
        self._need(self._catalog.models)
        return answers.query(self._con, statement, parameters or {})

    @property
    def settings(self) -> dict[str, Any]:
        """What the model was built with: idle_ns, horizon_ns, is_complete, goal."""
        cursor = self._con.execute("select * from model_settings")
        names = [column[0] for column in cursor.description or []]
        return dict(zip(names, cursor.fetchall()[0], strict=True))

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a statement of our own."""
        return self._con.execute(statement, list(parameters)).fetchall()

    def export(
        self, folder: Path, format_: str, tables: Sequence[str] = ()
    ) -> list[tuple[str, int]]:
        """Write public tables, all by default, into the folder that was opened for writing.

        Returns:
            Name and number of rows of each table.
        """
        for name in tables:
            if name not in answers.PUBLIC_TABLES:
                hint = did_you_mean(name, answers.PUBLIC_TABLES)
                raise UsageError(f"there is no table {name!r}", hint=hint)
        self._need(self._catalog.models)
        return answers.export(self._con, tables or answers.PUBLIC_TABLES, folder, format_)

    def _need(self, tables: Collection[str]) -> None:
        """Build what an analysis of files left out; a store has every table."""
        if self._is_partial:
            build_missing(self._con, self._catalog, tables)

    def _with_horizon(
        self, known: Mapping[str, object], parameters: Mapping[str, object]
    ) -> dict[str, object]:
        values = dict(parameters)
        if "horizon_unix_ns" in known and "horizon_unix_ns" not in values:
            values["horizon_unix_ns"] = self.settings["horizon_ns"]
        return values


def _copied(path: Path, workdir: Path, resources: Resources) -> duckdb.DuckDBPyConnection:
    """Open a copy of a store that may be changed."""
    copy = workdir / "store.duckdb"
    try:
        shutil.copyfile(path, copy)
    except OSError as error:
        raise StoreError(
            f"{workdir}: cannot be written: {error.strerror}",
            hint="free some space there, or set TMPDIR to a folder with more",
        ) from error
    return connect(copy, workdir, resources)


def report_sql(catalog: Catalog, name: str, parameters: Mapping[str, object]) -> str:
    """Return the statement of a report with its parameters as literals, for a DuckDB shell."""
    return literal(catalog.report(name), parameters)


def schema_table() -> Table:
    """Return the public tables with their columns, types, units and meaning."""
    catalog = Catalog.load()
    with private_folder() as workdir:
        con = connect(None, workdir, LoadOptions().resources)
        try:
            create_schema(con)
            build(con, catalog, registry_of(), ModelSettings())
            return answers.schema(con, catalog)
        finally:
            con.close()


def statement_of(name: str) -> str:
    """Return the statement that builds a table: of the model, or one that resolves attributes.

    Raises:
        UsageError: there is no such table.
    """
    catalog = Catalog.load()
    if name in catalog.models:
        return catalog.models[name].sql
    statements = resolution_statements(registry_of())
    if name in statements:
        return statements[name]
    raise UsageError(
        f"there is no table {name!r}", hint=did_you_mean(name, {*catalog.models, *statements})
    )


@contextmanager
def opened(
    paths: Sequence[str],
    options: LoadOptions,
    progress: Progress,
    *,
    catalog: Catalog | None = None,
    writable: Path | None = None,
    tables: Collection[str] | None = None,
) -> Iterator[Workspace]:
    """A workspace that turns DuckDB's complaints about resources into ours."""
    try:
        with Workspace.open(
            paths,
            options,
            catalog=catalog,
            progress=progress,
            writable=writable,
            tables=tables,
        ) as workspace:
            yield workspace
    except duckdb.Error as error:
        raise engine_problem(error) from error


__all__ = [
    "LoadOptions",
    "ModelSettings",
    "QueryError",
    "Selection",
    "Workspace",
    "input_bytes",
    "load_store",
    "opened",
]
