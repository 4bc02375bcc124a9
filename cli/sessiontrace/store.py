"""Opens DuckDB safely and knows the schema of a store.

A store is one DuckDB file: the records as loaded and the model built from them. It is written
beside its final place and renamed, so a killed run leaves the old store or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from sessiontrace.binding import sql_literal
from sessiontrace.catalog import queries_root
from sessiontrace.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA_VERSION = 1
DEFAULT_MEMORY_LIMIT = "1GB"
_MAGIC_AT = 8
_MAGIC = b"DUCK"


@dataclass(frozen=True, slots=True)
class Resources:
    """What a run may use. `memory_limit` is DuckDB's; Python and its buffers come on top."""

    threads: int | None = None
    memory_limit: str = DEFAULT_MEMORY_LIMIT


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user can read, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="sessiontrace-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_store(path: str) -> bool:
    """Whether a path is a DuckDB file, by its content."""
    try:
        with Path(path).open("rb") as stream:
            return stream.read(_MAGIC_AT + 4)[_MAGIC_AT:] == _MAGIC
    except OSError:
        return False


def connect(
    path: Path | None, workdir: Path, resources: Resources, *, read_only: bool = False
) -> duckdb.DuckDBPyConnection:
    """Connect to a store file, or to memory, with everything set that must be set first.

    Raises:
        StoreError: the file is locked, damaged or not a store.
        UsageError: the memory limit or the number of threads cannot be understood.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",  # else SQL can read this program's variables
        "temp_directory": str(workdir / "spill"),
        "preserve_insertion_order": "false",
        "memory_limit": resources.memory_limit,
    }
    if resources.threads is not None:
        config["threads"] = str(resources.threads)
    target = ":memory:" if path is None else str(path)
    try:
        con = duckdb.connect(target, read_only=read_only, config=config)
    except duckdb.Error as error:
        raise _connection_error(target, str(error)) from error
    con.execute("set enable_progress_bar = false")
    con.execute("set timezone = 'UTC'")
    return con


def _connection_error(target: str, text: str) -> StoreError | UsageError:
    first = text.strip().splitlines()[0]
    if "lock" in text:
        return StoreError(
            f"{target}: another process has the store open",
            hint="close it there, or work on a copy of the file",
        )
    if "memory" in first.lower() or "threads" in first.lower():
        return UsageError(first, hint="write the memory limit as 512MB or 2GB, threads as a number")
    return StoreError(
        f"{target}: not a store that this version can open: {first}",
        hint="make a new one with: sessiontrace load PATH --db FILE",
    )


def create_schema(con: duckdb.DuckDBPyConnection) -> None:
    """Create the record tables and the macros that are not there yet."""
    con.execute((queries_root() / "ingest" / "schema.sql").read_text("utf-8"))
    con.execute(
        "insert or replace into store_meta values ('schema_version', ?)", [str(SCHEMA_VERSION)]
    )


def check_schema(con: duckdb.DuckDBPyConnection, path: str) -> None:
    """Raise StoreError unless the store has the schema of this version."""
    try:
        rows = con.execute(
            "select value from store_meta where key = 'schema_version'"
        ).fetchall()
    except duckdb.Error as error:
        raise StoreError(
            f"{path} is a DuckDB database, but not a sessiontrace store",
            hint="make one with: sessiontrace load PATH --db FILE",
        ) from error
    version = int(rows[0][0]) if rows else 0
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer version (schema {version}, this one knows "
            f"{SCHEMA_VERSION})",
            hint="update sessiontrace, or load the exports again into a new store",
        )
    if version < SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by an older version (schema {version})",
            hint="load the exports again: sessiontrace load PATH --db FILE",
        )


def lock_down(con: duckdb.DuckDBPyConnection, writable: Path | None = None) -> None:
    """No file, network or setting can be reached from here on, but files below `writable`."""
    if writable is not None:
        folder = str(writable.absolute()).rstrip("/") + "/"
        con.execute(f"set allowed_directories = [{sql_literal(folder)}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


@contextmanager
def replacing(target: Path, *, append: bool) -> Iterator[Path]:
    """A path beside `target` that takes its place if the block ends well.

    With `append` it begins as a copy of the target. The file is readable by its owner only.

    Raises:
        StoreError: the folder cannot be written, or the disk is full.
    """
    folder = target.parent
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=folder)
        os.close(handle)
        fresh = Path(name)
        if append and target.exists():
            shutil.copyfile(target, fresh)
        else:
            fresh.unlink()
    except OSError as error:
        raise StoreError(
            f"{target}: cannot be written: {error.strerror or error}",
            hint="check that the folder exists, that you may write there, and the space left",
        ) from error
    try:
        yield fresh
        fresh.chmod(0o600)
        fresh.replace(target)
        with suppress(FileNotFoundError):
            Path(f"{target}.wal").unlink()
    finally:
        for leftover in (fresh, Path(f"{fresh}.wal")):
            with suppress(FileNotFoundError):
                leftover.unlink()
