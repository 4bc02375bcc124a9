"""Opens DuckDB safely and knows the schema of a store.

A store is one DuckDB file: the records as loaded and the model built from them. It is written
beside its final place and renamed, so a killed run leaves the old store or the new one.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager, nullcontext
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
_MEMORY = re.compile(r"\d+(\.\d+)?\s*[KMGT]i?B|\d+(\.\d+)?\s*%", re.IGNORECASE)
_NO_ROOM = re.compile("Could not write|No space left|File too large")
_MAGIC_AT = 8
_MAGIC = b"DUCK"


@dataclass(frozen=True, slots=True)
class Resources:
    """What a run may use. `memory_limit` is DuckDB's; Python and its buffers come on top."""

    threads: int | None = None
    memory_limit: str = DEFAULT_MEMORY_LIMIT


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user can read, removed at the end.

    Raises:
        StoreError: there is no place for temporary files.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="sessiontrace-"))
    except OSError as error:
        raise StoreError(
            f"no place for temporary files: {error.strerror or error}",
            hint="set TMPDIR to a folder that you may write to",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_store(path: str) -> bool:
    """Whether a path is a DuckDB file, by its content."""
    try:
        if not Path(path).is_file():  # what is read from a pipe is gone
            return False
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
    if _MEMORY.fullmatch(resources.memory_limit.strip()) is None:
        raise UsageError(
            f"{resources.memory_limit!r} is no memory limit", hint="write 512MB, 2GB or 1.5GiB"
        )
    if resources.threads is not None:
        config["threads"] = str(resources.threads)
    target = ":memory:" if path is None else str(path)
    try:
        con = duckdb.connect(target, read_only=read_only, config=config)
    except duckdb.Error as error:
        raise _connection_error(target, str(error)) from error
    con.execute("set enable_progress_bar = false")
    con.execute("set timezone = 'UTC'")
    if path is not None and _is_cut_off(con, path):
        con.close()
        raise _damaged(target, "the end of the file is missing")
    return con


def _is_cut_off(con: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether a file is shorter than its blocks; the engine would only notice when it needs one."""
    query = "select max(total_blocks * block_size) from pragma_database_size()"
    return bool(con.execute(query).fetchall()[0][0] > path.stat().st_size)


def _damaged(target: str, reason: str) -> StoreError:
    return StoreError(
        f"{target}: the store is damaged: {reason}",
        hint="restore a copy, or load the exports again: sessiontrace load PATH --db FILE",
    )


def _connection_error(target: str, text: str) -> StoreError | UsageError:
    first = text.strip().splitlines()[0]
    if "lock" in first:
        return StoreError(
            f"{target}: another process has the store open",
            hint="close it there, or work on a copy of the file",
        )
    if "Could not read enough bytes" in first or "Corrupt" in first or "checksum" in first:
        return _damaged(target, "the end of the file is missing or was overwritten")
    if "Out of Memory" in first:
        return StoreError(f"{target}: {first}", hint="raise --memory-limit")
    if "Permission denied" in first:
        return StoreError(f"{target}: permission denied", hint="check who may read the file")
    if "version number" in first:
        return StoreError(
            f"{target}: written by another version of the engine: {first}",
            hint="update sessiontrace, or load the exports again into a new store",
        )
    return StoreError(
        f"{target}: not a store that this version can open: {first}",
        hint="make a new one with: sessiontrace load PATH --db FILE",
    )


def engine_problem(error: duckdb.Error, target: Path | None = None) -> Exception:
    """Return what to tell about an error of the engine that is not ours; else the error itself."""
    first = str(error).strip().splitlines()[0]
    if isinstance(error, duckdb.OutOfMemoryException):
        if "temp directory" in str(error) or "max_temp_directory_size" in str(error):
            return StoreError(
                f"no room for temporary files: {first}",
                hint="free some space, or set TMPDIR to a folder with more",
            )
        return StoreError(
            f"out of memory: {first}",
            hint="raise --memory-limit, or load into a store first: "
            "sessiontrace load PATH --db FILE",
        )
    if "checksum" in first or "Corrupt" in first or "Could not read enough bytes" in first:
        return _damaged(str(target or "the store"), first)
    if isinstance(error, duckdb.IOException) or _NO_ROOM.search(first):
        return StoreError(
            f"{target or 'temporary files'}: cannot be read or written: {first}",
            hint="check the space left there, and in the temporary folder (TMPDIR)",
        )
    return error


def create_schema(con: duckdb.DuckDBPyConnection) -> None:
    """Create the record tables and the macros that are not there yet."""
    con.execute((queries_root() / "ingest" / "schema.sql").read_text("utf-8"))
    con.execute(
        "insert or replace into store_meta values ('schema_version', ?)", [str(SCHEMA_VERSION)]
    )


def check_schema(con: duckdb.DuckDBPyConnection, path: str) -> None:
    """Raise StoreError unless the store has the schema of this version."""
    try:
        rows = con.execute("select value from store_meta where key = 'schema_version'").fetchall()
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

    Until then it lies in a folder that only this user can enter. With `append` nobody else can
    append at the same time, and lose what this run adds.

    Raises:
        StoreError: the folder cannot be written, the disk is full, or another run appends.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent))
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        with _only_appender(target) if append else nullcontext():
            fresh = folder / target.name
            yield fresh
            try:
                fresh.chmod(0o600)
                fresh.replace(target)
                Path(f"{target}.wal").unlink(missing_ok=True)
            except OSError as error:
                raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cannot_write(target: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{target}: cannot be written: {error.strerror or error}",
        hint="check that the folder exists, that you may write there, and the space left",
    )


@contextmanager
def _only_appender(target: Path) -> Iterator[None]:
    """Hold a lock on the store to be replaced; the engine's own locks are of another kind."""
    try:
        import fcntl
    except ImportError:  # not on Windows, where an open file cannot be replaced anyway
        yield
        return
    with target.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                f"{target}: another run is adding to the store", hint="wait until it is done"
            ) from error
        if not os.path.samestat(os.fstat(stream.fileno()), target.stat()):
            raise StoreError(
                f"{target}: another run has just replaced the store", hint="run the command again"
            )
        yield
