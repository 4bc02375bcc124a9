"""The fast lane: strict lines straight into SQL, and what came of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from sessiontrace.ingest.rows import insert_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sessiontrace.ingest.source import Source

_SMALLEST_OBJECT = 1 << 20
# DuckDB reads a name as a glob, expands ~ and {}, and decompresses by extension. These are none.
_SAFE_PATH = re.compile(r"/[\w/ .-]*\.(jsonl|json|ndjson)", re.ASCII)


@dataclass(slots=True)
class Lane:
    """Files to insert in one statement: path to read -> source, and the longest line."""

    paths: dict[str, Source] = field(default_factory=dict)
    longest: int = 0

    def add(self, path: str, source: Source, longest: int) -> None:
        """Add a file whose longest line has that many bytes."""
        self.paths[path] = source
        self.longest = max(self.longest, longest)


@dataclass(frozen=True, slots=True)
class Counts:
    """What the fast lane read of one source.

    Attributes:
        odd: spans that the tolerant reader has to look at.
        bare: spans without attributes.
    """

    lines: int = 0
    spans: int = 0
    odd: int = 0
    bare: int = 0


class FastLane:
    """Inserts files of strict lines into `span_records`.

    Args:
        con: a connection whose schema exists and which may read the files.
        statement: the insertion; it has a place for maximum_object_size.
        workdir: a private folder.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, statement: str, workdir: Path) -> None:
        self._con = con
        self._sql = statement
        self._workdir = workdir
        self._links = 0

    def literal_path(self, path: Path) -> str:
        """A path that DuckDB takes for nothing but a file of text."""
        text = str(path.absolute())
        if _SAFE_PATH.fullmatch(text):
            return text
        self._links += 1
        link = self._workdir / f"link-{self._links}.jsonl"
        link.symlink_to(path.resolve())
        return str(link)

    def insert(self, lane: Lane) -> Iterator[tuple[Lane, int, dict[int, Counts]]]:
        """Insert all files at once, or, if one of them fails the statement, one by one.

        One line nested deeper than 128 levels fails it for every file.

        Yields:
            The files of one statement, the line number before it, and what it read by source:
            nothing if it failed.
        """
        mark = self.next("line_id_seq")
        try:
            self._run(lane)
        except duckdb.InvalidInputException:
            if len(lane.paths) == 1:
                yield lane, mark, {}
                return
            for path, source in lane.paths.items():
                alone = Lane({path: source}, lane.longest)
                yield from self.insert(alone)
        else:
            yield lane, mark, self._counts(mark)

    def next(self, sequence: str) -> int:
        """Draw a number."""
        return int(self._con.execute(f"select nextval('{sequence}')").fetchall()[0][0])

    def _run(self, lane: Lane) -> None:
        """Run the statement over the files of a lane."""
        self._con.execute(
            "create or replace temp table batch_files (source_id integer, plain_path varchar)"
        )
        insert_rows(
            self._con,
            "batch_files",
            [(source.source_id, path) for path, source in lane.paths.items()],
        )
        size = max(_SMALLEST_OBJECT, lane.longest + 1024)
        statement = self._sql.format(maximum_object_size=size)
        self._con.execute(statement, {"files": list(lane.paths)})

    def _counts(self, mark: int) -> dict[int, Counts]:
        """Lines, spans, spans to look at again and spans without attributes, by source."""
        counted = """
            select source_id, count(distinct line_id), count(*),
                count(*) filter (
                    is_odd
                    or list_count(attribute_keys) <> len(attribute_keys)
                    or len(list_filter(
                        attribute_values, lambda value: not any_value_is_strict(value)
                    )) > 0
                ),
                count(*) filter (attribute_keys is null)
            from span_records
            where line_id > $mark
            group by source_id
        """
        # Apart from the above: a join would carry the lists of every span along.
        repeated = """
            with shapes as (
                select source_id, any_value(attribute_keys) as keys, count(*) as spans
                from span_records
                where line_id > $mark
                group by source_id, shape_hash
            )
            select source_id, sum(spans)::bigint
            from shapes
            where len(list_distinct(keys)) < len(keys)
            group by source_id
        """
        rows = self._con.execute(counted, {"mark": mark}).fetchall()
        twice = dict(self._con.execute(repeated, {"mark": mark}).fetchall())
        return {
            source_id: Counts(lines, spans, odd + twice.get(source_id, 0), bare)
            for source_id, lines, spans, odd, bare in rows
        }

    def forget(self, source: Source, mark: int) -> None:
        """Take back what a source inserted after the mark."""
        self._con.execute(
            "delete from span_records where source_id = ? and line_id > ?", [source.source_id, mark]
        )
