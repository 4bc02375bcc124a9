"""The commands that take part: sessiontrace, and the peers with the scripts that run them."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import measure
from data import SAMPLE, split_spans

if TYPE_CHECKING:
    import argparse

PEERS = measure.BENCH / "peers"
OFFICIAL = ("duckdb_typed_map", "chdb_tracesdata")
"""The peers that the required ratios are about."""
NAMES = (*OFFICIAL, "duckdb_typed_map_auto", "chdb_bare")


def add_options(parser: argparse.ArgumentParser, ours: str) -> None:
    """Add the options that every benchmark has; `ours` shows the default of --ours."""
    parser.add_argument("file", type=Path, nargs="?", default=SAMPLE, help="default: %(default)s")
    parser.add_argument("--sessiontrace", metavar="EXE", help="default: beside this Python")
    parser.add_argument(
        "--ours", metavar="TEMPLATE", help=f"another command line on trial; default: {ours}"
    )
    bench_python = measure.BENCH.parent / ".venv-bench" / "bin" / "python"
    parser.add_argument(
        "--peer-python",
        default=str(bench_python) if bench_python.exists() else sys.executable,
        metavar="EXE",
        help="the interpreter that has duckdb and chdb; default: %(default)s",
    )
    parser.add_argument("--pairs", type=int, default=5, metavar="N")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="of every engine")
    parser.add_argument(
        "--quiet",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="wait for a machine that is busy for less than this share of its processor time, and "
        "repeat pairs in which others took more; 1 takes every pair (default: %(default)s)",
    )
    parser.add_argument("--scratch", type=Path, default=SAMPLE.parent, help="folder for the stores")
    parser.add_argument(
        "--assert", dest="check", action="store_true", help="exit 1 if a requirement is missed"
    )


def from_template(name: str, template: str, file: Path) -> measure.Command:
    """Return a command whose arguments are a template with {file} and {db}."""

    def arguments(store: Path) -> list[str]:
        return [part.format(file=file, db=store) for part in shlex.split(template)]

    return measure.Command(name, arguments)


def peer(name: str, args: argparse.Namespace) -> measure.Command:
    """Return a peer that loads `args.file`; what it needs is made here, outside the clock."""
    file: Path = args.file
    options = ["--threads", str(args.threads)]
    if name.startswith("duckdb"):
        script, store = "duckdb_typed_map.py", "peer.duckdb"
        options += ["--records", "auto" if name.endswith("_auto") else "true"]
        options += ["--maximum-object-size", str(longest_line(file))]
    else:
        script, store = "chdb_insert.py", "chdb"
        if name == "chdb_bare":
            options += ["--input", "bare"]
            file = split_spans(file)

    def arguments(out: Path) -> list[str]:
        return [args.peer_python, str(PEERS / script), *options, str(file), str(out)]

    return measure.Command(name, arguments, store)


def longest_line(file: Path) -> int:
    """Return the bytes of the longest line, its line feed included."""
    with file.open("rb") as lines:
        return max(map(len, lines), default=1)


def count_spans(python: str, store: Path) -> int:
    """Return the spans that a store accounts for, asked in the peers' interpreter."""
    script = str(PEERS / "count_spans.py")
    done = subprocess.run([python, script, str(store)], check=True, capture_output=True, text=True)
    return int(done.stdout)
