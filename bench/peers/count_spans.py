"""Print how many spans of the input a store accounts for: a .duckdb file or a chDB folder."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path


def count_duckdb(store: Path) -> int:
    """Return the spans of a .duckdb file, and the repeated ones that sessiontrace merged."""
    import duckdb

    with duckdb.connect(str(store), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
        count = f"SELECT count(*) FROM {'spans' if 'spans' in tables else 'span_records'}"
        if "sources" in tables:
            count = f"SELECT ({count}) + (SELECT sum(duplicate_spans) FROM sources)"
        return int(connection.execute(count).fetchall()[0][0])


def count_chdb(store: Path) -> int:
    """Return the spans of a chDB folder."""
    session = import_module("chdb.session").Session(str(store))
    count = int(str(session.query("SELECT count() FROM otel.otel_traces")))
    session.close()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    store = parser.parse_args().store
    print(count_chdb(store) if store.is_dir() else count_duckdb(store))


if __name__ == "__main__":
    main()
