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
    rebuild_model,
    resolution_statements,
    settings_of,
)
from sessiontrace.catalog import Catalog, queries_root
from sessiontrace.errors import (
    NothingReadableError,
    QueryError,
    StoreError,
    UsageError,
    did_you_mean,
)
from sessiontrace.ingest.discover import STDIN, InputFile, discover
from sessiontrace.ingest.loader import Loader, Source
from sessiontrace.options import LoadOptions, Selection
from sessiontrace.registry import Registry
from sessiontrace.store import (
    check_schema,
    connect,
    create_schema,
    is_store,
    lock_down,
    private_folder,
    replacing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from types import TracebackType

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
            sources = _load(
                con, workdir, paths, options, catalog, progress, want_digest=False, tables=tables
            )
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
            if settings_of(con) != options.settings or options.aliases:
                con.close()
                copy = workdir / "store.duckdb"
                shutil.copyfile(path, copy)
                con = connect(copy, workdir, options.resources)
                stack.callback(con.close)
                if options.aliases:
                    build(con, catalog, _registry(options), options.settings)
                else:
                    rebuild_model(con, catalog, options.settings)
                notes.append(
                    f"{path} was built with other settings: the model was rebuilt for this run"
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


def load_store(
    paths: Sequence[str],
    target: Path,
    options: LoadOptions,
    *,
    append: bool = False,
    progress: Progress = lambda _: None,
) -> list[Source]:
    """Load files into a store file, replaced at once when everything is in it.

    With `append`, files whose content the store already holds are skipped and spans it has count
    once.

    Raises:
        NothingReadableError: there is no span in the input; an existing store stays as it is.
    """
    catalog = Catalog.load()
    if target.exists() and not append and not is_store(str(target)):
        raise StoreError(
            f"{target} exists and is no store", hint="choose another name, or remove the file"
        )
    if append and target.exists():
        _check_free(target, options)
    with private_folder() as workdir, replacing(target, append=append) as fresh:
        con = connect(fresh, workdir, options.resources)
        try:
            if append and target.exists():
                check_schema(con, str(target))
            sources = _load(con, workdir, paths, options, catalog, progress, want_digest=True)
            con.execute("checkpoint")
        except duckdb.IOException as error:
            raise StoreError(
                f"{target}: cannot be written: {str(error).splitlines()[0]}",
                hint="free some space, or choose another place with --db",
            ) from error
        finally:
            con.close()
        return sources


def _check_free(target: Path, options: LoadOptions) -> None:
    """Raise StoreError if another process writes the store."""
    with private_folder() as workdir:
        connect(target, workdir, options.resources).close()


def _registry(options: LoadOptions) -> Registry:
    extra: dict[str, list[str]] = {}
    for name, key in options.aliases:
        extra.setdefault(name, []).append(key)
    folder = queries_root() / "registry"
    known = {each.name for each in Registry.load(folder).attributes}
    for name in extra:
        if name not in known:
            raise UsageError(f"there is no attribute {name!r}", hint=did_you_mean(name, known))
    return Registry.load(folder, extra)


def _load(
    con: duckdb.DuckDBPyConnection,
    workdir: Path,
    paths: Sequence[str],
    options: LoadOptions,
    catalog: Catalog,
    progress: Progress,
    *,
    want_digest: bool,
    tables: Collection[str] | None = None,
) -> list[Source]:
    create_schema(con)
    for macro in catalog.macros.values():
        con.execute(macro.sql)
    statement = (queries_root() / "ingest" / "span_records.sql").read_text("utf-8")
    loader = Loader(con, statement, workdir, on_file=progress)
    sources = loader.load(discover(paths), want_digest=want_digest)
    _check_readable(con, paths, sources)
    build(con, catalog, _registry(options), options.settings, tables)
    return sources


def _check_readable(
    con: duckdb.DuckDBPyConnection, paths: Sequence[str], sources: Sequence[Source]
) -> None:
    if con.execute("select count(*) from (from span_records limit 1)").fetchall()[0][0]:
        return
    shown = ", ".join(paths)
    looks = next((source.looks_like for source in sources if source.looks_like), None)
    if looks is not None:
        raise NothingReadableError(
            f"{shown}: no span could be read; it looks like: {looks}",
            hint="export OTLP/JSON, for example with the file exporter of the OpenTelemetry "
            "Collector",
        )
    if all(source.bytes == 0 for source in sources):
        raise NothingReadableError(f"{shown}: empty", hint="check that the export has finished")
    if any(source.other_signal for source in sources):
        raise NothingReadableError(
            f"{shown}: logs or metrics, but no traces", hint="export the traces signal"
        )
    raise NothingReadableError(
        f"{shown}: no span could be read",
        hint="give OTLP/JSON, one TracesData a line or as documents, also as .gz or .zst",
    )


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
            build(con, catalog, _registry(LoadOptions()), ModelSettings())
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
    statements = resolution_statements(_registry(LoadOptions()))
    if name in statements:
        return statements[name]
    raise UsageError(
        f"there is no table {name!r}", hint=did_you_mean(name, {*catalog.models, *statements})
    )


def input_bytes(paths: Sequence[str]) -> int:
    """Bytes of the input, for a progress bar; 0 where unknown."""
    files: list[InputFile] = discover(paths)
    return sum(Path(file.path).stat().st_size for file in files if file.path != STDIN)


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
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            f"out of memory: {str(error).splitlines()[0]}",
            hint="raise --memory-limit, or load into a store first: "
            "sessiontrace load PATH --db FILE",
        ) from error
    except duckdb.IOException as error:
        raise StoreError(
            f"cannot read or write: {str(error).splitlines()[0]}",
            hint="check the space left in the temporary folder (TMPDIR)",
        ) from error


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
