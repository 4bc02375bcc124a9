"""Make the input of the benchmarks with the generator of the support_chat sample."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "bench" / "data"
GENERATOR = ROOT / "sample_traces" / "support_chat" / "generate.py"
SAMPLE = DATA / "support_chat_500mb.jsonl"
TENFOLD = DATA / "support_chat_5gb.jsonl"
SESSIONS = {SAMPLE: 27_000, TENFOLD: 270_000}
"""Sessions in a file; one has 16.4 spans of 1.1 kB on average."""


def generate(target: Path, sessions: int, seed: int, jobs: int) -> None:
    """Write `sessions` sessions to `target`, whole or not at all, in place of what is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        unfinished = Path(folder) / target.name
        options = {"--sessions": sessions, "--seed": seed, "-o": unfinished, "--jobs": jobs}
        arguments = [str(part) for option in options.items() for part in option]
        subprocess.run([sys.executable, str(GENERATOR), *arguments], check=True)
        unfinished.replace(target)


def split_spans(source: Path) -> Path:
    """Write each span of TracesData lines on a line of its own, and return that file's path.

    A bare span says nothing of its resource and scope. A file that is newer than its source stays.
    """
    target = DATA / f"{source.stem}.bare.jsonl"
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished.jsonl")
    with source.open("rb") as lines, unfinished.open("w", encoding="utf-8") as out:
        for line in lines:
            for resource_spans in json.loads(line)["resourceSpans"]:
                for scope_spans in resource_spans["scopeSpans"]:
                    out.writelines(
                        json.dumps(span, ensure_ascii=False, separators=(",", ":")) + "\n"
                        for span in scope_spans["spans"]
                    )
    unfinished.replace(target)
    return target


def make_missing(*files: Path | None) -> None:
    """Make those of the files that are ours to make and are not there yet."""
    for file in files:
        if file in SESSIONS and not file.exists():
            generate(file, SESSIONS[file], seed=1, jobs=os.cpu_count() or 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenfold", action="store_true", help="also ten times as much: 5 GB")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J")
    args = parser.parse_args()
    for file in [SAMPLE, TENFOLD] if args.tenfold else [SAMPLE]:
        generate(file, SESSIONS[file], args.seed, args.jobs)


if __name__ == "__main__":
    main()
