"""Fills a store: files in, records and model out; and replaces a store file by a new one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import msgspec

from sessiontrace.building import build, settings_of
from sessiontrace.catalog import Catalog, queries_root
from sessiontrace.comments import comment_tables
from sessiontrace.content import drop_content
from sessiontrace.errors import NothingReadableError, StoreError, UsageError, did_you_mean
from sessiontrace.ingest.discover import STDIN, discover
from sessiontrace.ingest.loader import Loader, Source
from sessiontrace.registry import Registry
from sessiontrace.store import (
    check_schema,
    connect,
    create_schema,
    engine_problem,
    is_store,
    private_folder,
    replacing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sessiontrace.options import LoadOptions

    Progress = Callable[[int], None]
    Aliases = Sequence[tuple[str, str]]


def load_store(
    paths: Sequence[str],
    target: Path,
    options: LoadOptions,
    *,
    append: bool = False,
    progress: Progress = lambda _: None,
) -> list[Source]:
    """Load files into a store file, replaced at once when everything is in it.

    With `append`, files whose content the store already holds are skipped, spans it has count
    once, and settings that are not asked for stay as they were.

    Raises:
        NothingReadableError: there is no span in the input; an existing store stays as it is.
        StoreError: the store cannot be read or replaced.
    """
    catalog = Catalog.load()
    target = target.resolve()
    _check_target(target)
    if stores := [path for path in paths if is_store(path)]:
        raise UsageError(
            f"{stores[0]} is a store already", hint="give the exports; report on it with analyze"
        )
    is_known = append and is_store(str(target))
    with private_folder() as workdir, replacing(target, append=is_known) as fresh:
        # With content left out, whatever held it for a while never was part of the new file.
        place = fresh if options.keep_content else workdir / "raw.duckdb"
        if is_known:
            connect(target, workdir, options.resources).close()  # free, whole, nothing in a log
            _copy(target, place)
        con = connect(place, workdir, options.resources)
        try:
            if is_known:
                check_schema(con, str(target))
            sources = fill(
                con, workdir, paths, options, catalog, progress, want_digest=True, append=is_known
            )
            if place != fresh:
                _copy_into(con, fresh)
            if options.with_model:
                comment_tables(con, catalog)
            con.execute("checkpoint")
        except duckdb.Error as error:
            raise engine_problem(error, target) from error
        finally:
            con.close()
        return sources


def _check_target(target: Path) -> None:
    """Raise StoreError if there is something that is no store; an empty file is nothing."""
    try:
        is_free = not target.exists() or (target.is_file() and target.stat().st_size == 0)
    except OSError as error:
        raise StoreError(
            f"{target}: {error.strerror}", hint="check that you may enter its folder"
        ) from error
    if not is_free and not is_store(str(target)):
        raise StoreError(
            f"{target} exists and is no store", hint="choose another name, or remove the file"
        )


def _copy(target: Path, place: Path) -> None:
    try:
        shutil.copyfile(target, place)
    except OSError as error:
        raise StoreError(
            f"{target}: cannot be copied: {error.strerror}", hint="check the space left beside it"
        ) from error


def _copy_into(con: duckdb.DuckDBPyConnection, fresh: Path) -> None:
    (name,) = con.execute("select current_database()").fetchall()[0]
    con.execute("attach ? as clean", [str(fresh)])
    con.execute(f'copy from database "{name}" to clean')
    con.execute("detach clean")


def fill(
    con: duckdb.DuckDBPyConnection,
    workdir: Path,
    paths: Sequence[str],
    options: LoadOptions,
    catalog: Catalog,
    progress: Progress,
    *,
    want_digest: bool = False,
    append: bool = False,
    tables: Collection[str] | None = None,
) -> list[Source]:
    """Load files into an open store and build the model.

    Args:
        append: the store was built before.
        tables: the tables to build, all by default.

    Raises:
        NothingReadableError: there is no span in the files.
    """
    create_schema(con)
    for macro in catalog.macros.values():
        con.execute(macro.sql)
    settings, aliases = options.settings, options.aliases
    if append:
        settings = options.settings_over(settings_of(con))
        aliases = (*stored_aliases(con), *aliases)
    registry = registry_of(aliases)
    statement = (queries_root() / "ingest" / "span_records.sql").read_text("utf-8")
    loader = Loader(con, statement, workdir, on_file=progress)
    sources = loader.load(discover(paths), want_digest=want_digest)
    _check_readable(paths, sources)
    if not options.keep_content:
        drop_content(con, registry)
    build(con, catalog, registry, settings, tables, with_model=options.with_model)
    con.execute(
        "insert or replace into store_meta values ('aliases', ?)",
        [msgspec.json.encode(list(dict.fromkeys(aliases))).decode()],
    )
    return sources


def registry_of(aliases: Aliases = ()) -> Registry:
    """Return the registry with keys of the user tried first.

    Raises:
        UsageError: an alias is for an attribute that does not exist.
    """
    extra: dict[str, list[str]] = {}
    for name, key in dict.fromkeys(aliases):
        extra.setdefault(name, []).append(key)
    folder = queries_root() / "registry"
    known = {each.name for each in Registry.load(folder).attributes}
    for name in extra:
        if name not in known:
            raise UsageError(f"there is no attribute {name!r}", hint=did_you_mean(name, known))
    return Registry.load(folder, extra)


def stored_aliases(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Return the aliases that a store was built with."""
    rows = con.execute("select value from store_meta where key = 'aliases'").fetchall()
    return msgspec.json.decode(rows[0][0], type=list[tuple[str, str]]) if rows else []


def input_bytes(paths: Sequence[str]) -> int:
    """Bytes of the input, for a progress bar; 0 where unknown."""
    total = 0
    for file in discover(paths):
        if file.path != STDIN and Path(file.path).is_file():
            total += Path(file.path).stat().st_size
    return total


def _check_readable(paths: Sequence[str], sources: Sequence[Source]) -> None:
    if any(
        source.skipped_as_loaded or source.spans_seen > source.rejected_spans for source in sources
    ):
        return
    shown = ", ".join(paths)
    looks = next((source.looks_like for source in sources if source.looks_like), None)
    damage = next((source.damage for source in sources if source.damage), None)
    if damage is not None:
        raise NothingReadableError(
            f"{shown}: no span could be read; {damage}",
            hint="fetch the file again, or unpack it yourself and give what was in it",
        )
    if looks is not None:
        raise NothingReadableError(
            f"{shown}: no span could be read; it looks like: {looks}",
            hint="export OTLP/JSON, for example with the file exporter of the OpenTelemetry "
            "Collector",
        )
    if all(source.bytes == 0 and not source.rejected for source in sources):
        raise NothingReadableError(f"{shown}: empty", hint="check that the export has finished")
    if any(source.other_signal for source in sources):
        raise NothingReadableError(
            f"{shown}: logs or metrics, but no traces", hint="export the traces signal"
        )
    raise NothingReadableError(
        f"{shown}: no span could be read",
        hint="give OTLP/JSON, one TracesData a line or as documents, also as .gz or .zst",
    )
