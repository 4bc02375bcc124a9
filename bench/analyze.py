"""`sessiontrace analyze`, load and reports together, beside the insert of chDB alone.

With --scale: ten times the data against the data, which must take no more than 11 times as long.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median

import contenders
import measure
from data import TENFOLD, make_missing

ALLOWED_RATIO = 2.0
"""How many times as long as the insert of chDB the whole analysis may take."""
ALLOWED_GROWTH = 11.0
"""How many times as long ten times the data may take."""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    contenders.add_options(parser, "EXE analyze {file} --threads N")
    parser.add_argument(
        "--peer", choices=contenders.NAMES, default="chdb_tracesdata", help="default: %(default)s"
    )
    parser.add_argument(
        "--scale",
        type=Path,
        nargs="?",
        const=TENFOLD,
        metavar="FILE",
        help=f"compare with ten times the data instead; default: {TENFOLD.name}",
    )
    return parser.parse_args()


def our_command(args: argparse.Namespace, name: str, file: Path) -> measure.Command:
    """Return the command on trial for a file."""
    if args.ours:
        return contenders.from_template(name, args.ours, file)
    threads = ["--threads", str(args.threads)]
    command = [measure.executable(args.sessiontrace), "analyze", str(file), *threads]
    return measure.Command(name, lambda _: command)


def main() -> None:
    args = parse_arguments()
    make_missing(args.file, args.scale)
    ours = our_command(args, "analyze", args.file)
    if args.scale:
        other = our_command(args, "analyze_tenfold", args.scale)
    else:
        other = contenders.peer(args.peer, args)
    pairs = measure.run_pairs(ours, other, pairs=args.pairs, quiet=args.quiet, scratch=args.scratch)
    print(measure.report(pairs, more_is_better=not args.scale))
    ratio = median(pairs.ratios())
    missed: list[str] = []
    if args.scale:
        if ratio > ALLOWED_GROWTH:
            missed.append(f"ten times the data takes {ratio:.2f} times as long")
    else:
        print(f"analyze / {other.name}: median {1 / ratio:.2f}")
        if 1 / ratio > ALLOWED_RATIO:
            missed.append(f"analyze takes {1 / ratio:.2f} times as long as {other.name}")
    results = measure.write_results(
        "scale" if args.scale else "analyze",
        {"comparisons": [measure.as_json(pairs)], "missed": missed},
    )
    print(f"results: {results}")
    for miss in missed:
        print(f"missed: {miss}", file=sys.stderr)
    if args.check and missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
