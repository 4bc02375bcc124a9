"""Loading a TracesData file into a store: sessiontrace and each peer, in alternating pairs."""

from __future__ import annotations

import argparse
import sys
from statistics import median
from typing import TYPE_CHECKING

import contenders
import measure
from data import make_missing

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED_RATIOS = {"duckdb_typed_map": 3.0, "chdb_tracesdata": 1.2}
"""How many times longer a peer must take, median of the pairs."""
PEAK_BYTES = 1_500_000_000
"""Memory that sessiontrace may take by default."""
LIMITED_PEAK_BYTES = 1_000_000_000
"""Memory that it may take when told to keep to `LIMIT`."""
LIMIT = "512MB"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    contenders.add_options(parser, "EXE load {file} --threads N --db {db}")
    parser.add_argument(
        "--peer",
        action="append",
        dest="peers",
        choices=contenders.NAMES,
        help=f"repeatable; default: {', '.join(contenders.OFFICIAL)}",
    )
    parser.add_argument(
        "--no-model", action="store_true", help="load only the spans with their attributes"
    )
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="PEER=RATIO",
        help="another required ratio for --assert; repeatable",
    )
    return parser.parse_args()


def required_ratios(given: list[str]) -> dict[str, float]:
    """Return the required ratio per peer, those given as PEER=RATIO in place of the defaults."""
    ratios = dict(REQUIRED_RATIOS)
    for text in given:
        name, _, ratio = text.partition("=")
        if name not in contenders.NAMES or not ratio.replace(".", "", 1).isdigit():
            raise SystemExit(f"error: --require {text}\nhelp: PEER=RATIO, as chdb_bare=1.2")
        ratios[name] = float(ratio)
    return ratios


def our_commands(args: argparse.Namespace) -> tuple[measure.Command, measure.Command | None]:
    """Return the command on trial, and the same with a memory limit (None for a template)."""
    if args.ours:
        return contenders.from_template("ours", args.ours, args.file), None
    command = [measure.executable(args.sessiontrace), "load", str(args.file)]
    command += ["--threads", str(args.threads)]
    name = "sessiontrace"
    if args.no_model:
        command.append("--no-model")
        name += " --no-model"

    def default(store: Path) -> list[str]:
        return [*command, "--db", str(store)]

    def limited(store: Path) -> list[str]:
        return [*command, "--memory-limit", LIMIT, "--db", str(store)]

    return measure.Command(name, default), measure.Command(f"{name} {LIMIT}", limited)


def main() -> None:
    args = parse_arguments()
    make_missing(args.file)
    counts: dict[str, int] = {}

    def count(command: measure.Command, store: Path) -> None:
        counts[command.name] = contenders.count_spans(args.peer_python, store)

    ours, limited = our_commands(args)
    required = required_ratios(args.require)
    missed: list[str] = []
    comparisons: list[dict[str, object]] = []
    size = args.file.stat().st_size
    print(f"{args.file.name}: {size / 1e6:.0f} MB")
    for name in args.peers or contenders.OFFICIAL:
        peer = contenders.peer(name, args)
        pairs = measure.run_pairs(
            ours, peer, pairs=args.pairs, quiet=args.quiet, scratch=args.scratch, check=count
        )
        print(f"\n{measure.report(pairs)}", flush=True)
        comparisons.append(measure.as_json(pairs))
        ratio = median(pairs.ratios())
        if ratio < required.get(name, 0.0):
            missed.append(f"{name}: ratio {ratio:.2f}, required {required[name]}")
        peak = max(run.peak_bytes for run in pairs.ours)
        if peak > PEAK_BYTES:
            missed.append(f"peak memory {peak / 1e6:.0f} MB, allowed {PEAK_BYTES / 1e6:.0f}")
    if limited:
        run = measure.run_once(limited, args.scratch, count)
        print(f"\n{measure.HEADER}\n{measure.describe(limited.name, [run])}")
        if run.peak_bytes > LIMITED_PEAK_BYTES:
            missed.append(
                f"peak memory with {LIMIT} {run.peak_bytes / 1e6:.0f} MB,"
                f" allowed {LIMITED_PEAK_BYTES / 1e6:.0f}"
            )
    print("\nspans: " + ", ".join(f"{name} {n:,}" for name, n in counts.items()))
    if len(set(counts.values())) != 1:
        missed.append(f"the stores disagree on the number of spans: {counts}")
    results = measure.write_results(
        "load",
        {
            "input": {"name": args.file.name, "bytes": size, "spans": counts},
            "comparisons": comparisons,
            "missed": missed,
        },
    )
    print(f"results: {results}")
    for miss in missed:
        print(f"missed: {miss}", file=sys.stderr)
    if args.check and missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
