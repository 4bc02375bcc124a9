"""Generate the support_chat sample: traces of an invented support and onboarding chat.

The same arguments give the same bytes on every machine, with every Python from 3.11 on and with
any number of processes. Standard library only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import otlp
import product as p
from scenario import HISTORY_VERSION, PLANTS, UNNUMBERED_VERSION, World
from spans import RESOURCES, SCOPES, TRUTH_COLUMNS, SessionWriter, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSIONS_AT_ONCE = 400
"""Sessions a process plays before it hands over: about 7 MB."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the bytes."""

    sessions: int
    seed: int
    plants: frozenset[str]


@dataclass(slots=True)
class Played:
    """Some sessions in a row: per session its number of spans and its truth, then all spans."""

    counts: list[int]
    truths: list[str]
    spans: list[Span]


@lru_cache(maxsize=1)
def _world(settings: Settings) -> World:
    return World(settings.sessions, settings.seed, settings.plants)


def play(settings: Settings, first: int, last: int) -> Played:
    """Play the sessions from `first` up to, not including, `last`."""
    world = _world(settings)
    played = Played([], [], [])
    for index in range(first, last):
        session = world.play(index)
        version = session.person.client_version
        writer = SessionWriter(
            session,
            linked=True,
            numbered=not ("lost_turn_numbers" in world.plants and version == UNNUMBERED_VERSION),
            history="full_history" in world.plants and version == HISTORY_VERSION,
        )
        spans = writer.write()
        played.truths.append(writer.truth())
        orphan = world.orphan(index)
        if orphan:
            spans += SessionWriter(orphan, linked=False, numbered=True, history=False).write()
        played.counts.append(len(spans))
        played.spans += spans
    return played


def play_all(settings: Settings, jobs: int) -> Iterator[Played]:
    """Play all sessions in order, in `jobs` processes."""
    chunks = [
        (first, min(first + SESSIONS_AT_ONCE, settings.sessions))
        for first in range(0, settings.sessions, SESSIONS_AT_ONCE)
    ]
    if jobs == 1 or len(chunks) == 1:
        for first, last in chunks:
            yield play(settings, first, last)
        return
    with ProcessPoolExecutor(jobs) as pool:
        waiting: deque[Future[Played]] = deque()
        for first, last in chunks:
            waiting.append(pool.submit(play, settings, first, last))
            if len(waiting) > jobs + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Export:
    """The files of one export: batches into lines, lines into files that rotate by time."""

    def __init__(self, paths: list[Path], rotations: list[int], batch: int) -> None:
        """Open the first of `paths`; go on to the next at each of `rotations` (unix ns)."""
        self.paths = paths
        self.rotations = rotations
        self.batch = batch
        self.pending: list[Span] = []
        self.bytes = self.lines = self.spans = 0
        self._file: BinaryIO = paths[0].open("wb")

    def add(self, spans: list[Span], until: int) -> None:
        """Take spans in any order and write those that ended before `until` (unix ns)."""
        pending = self.pending + spans
        pending.sort(key=itemgetter(0))
        done = 0
        while done < len(pending):
            border = self.rotations[0] if self.rotations else until
            batch = pending[done : done + self.batch]
            ready = [span for span in batch if span[0] < min(border, until)]
            if len(ready) == self.batch or (
                len(ready) < len(batch) and self.rotations and border <= until
            ):
                self._line(ready)
                done += len(ready)
                if len(ready) < len(batch):
                    self._rotate()
            else:
                break
        self.pending = pending[done:]

    def close(self) -> None:
        """Write what is left and close the file."""
        for first in range(0, len(self.pending), self.batch):
            self._line(self.pending[first : first + self.batch])
        self._file.close()

    def _line(self, spans: list[Span]) -> None:
        if spans:
            line = otlp.request(spans, RESOURCES, SCOPES).encode("ascii")
            self._file.write(line)
            self.bytes += len(line)
            self.lines += 1
            self.spans += len(spans)

    def _rotate(self) -> None:
        self._file.close()
        self.rotations.pop(0)
        self.paths.pop(0)
        self._file = self.paths[0].open("wb")


def target_paths(output: Path, files: int) -> tuple[list[Path], list[int], Path]:
    """Name the trace files in the order they are written, their rotation times, the truth file.

    As the Collector does it, a full file is renamed to the time of its rotation and the newest
    keeps the plain name.
    """
    if output.suffix in (".json", ".jsonl"):
        traces, truth = output, output.with_name(output.stem + ".truth.csv")
    else:
        traces, truth = output / "traces.jsonl", output / "truth.csv"
    rotations = [p.WINDOW_START_NS + p.WINDOW_NS * part // files for part in range(1, files)]
    paths = []
    for ns in rotations:
        moment = datetime.fromtimestamp(ns // p.SECOND, UTC)
        paths.append(traces.with_name(f"{traces.stem}-{moment:%Y-%m-%dT%H-%M-%S}.000.jsonl"))
    return [*paths, traces], rotations, truth


def generate(
    settings: Settings, output: Path, *, jobs: int, batch: int, files: int, limit: int | None
) -> Export:
    """Write the whole sample; with `limit`, only the first sessions with that many spans."""
    paths, rotations, truth_path = target_paths(output, files)
    truth_path.parent.mkdir(parents=True, exist_ok=True)
    world = _world(settings)
    export = Export(paths, rotations, batch)
    first = kept = 0
    with ExitStack() as stack:
        truth = stack.enter_context(truth_path.open("w", encoding="ascii", newline="\n"))
        stack.callback(export.close)
        truth.write(TRUTH_COLUMNS + "\n")
        for played in play_all(settings, jobs):
            first += len(played.counts)
            spans, truths = played.spans, played.truths
            if limit is not None and kept + len(spans) > limit:
                whole = span_count = 0
                for count in played.counts:
                    if kept + span_count + count > limit:
                        break
                    span_count += count
                    whole += 1
                spans, truths = spans[:span_count], truths[:whole]
            kept += len(spans)
            truth.writelines(truths)
            until = world.start(first) if first < settings.sessions else sys.maxsize
            export.add(spans, until)
            if len(truths) < len(played.counts):
                break
    return export


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and write the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=280, metavar="N")
    parser.add_argument("--seed", type=int, default=23, metavar="S", help="0 or greater")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path(__file__).parent, metavar="DIR_OR_FILE",
        help="a folder for traces*.jsonl and truth.csv, or the name of a .jsonl file",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes")
    parser.add_argument(
        "--batch", type=int, default=200, metavar="N", help="spans in a line (200: about 220 kB)"
    )
    parser.add_argument(
        "--files", type=int, default=1, metavar="K", help="files, rotated at even times"
    )
    parser.add_argument(
        "--without", action="append", default=[], choices=("all", *PLANTS), metavar="PLANT",
        help=f"leave a plant out; repeatable: all, {', '.join(PLANTS)}",
    )  # fmt: skip
    parser.add_argument(
        "--spans-limit", type=int, metavar="N",
        help="stop before the session that would bring more spans than this",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if min(options.sessions, options.jobs, options.batch, options.files) < 1 or options.seed < 0:
        parser.error("--sessions, --jobs, --batch and --files start at 1, --seed at 0")
    left_out = set(PLANTS) if "all" in options.without else set(options.without)
    settings = Settings(options.sessions, options.seed, frozenset(PLANTS) - left_out)
    began = time.perf_counter()
    export = generate(
        settings, options.output, jobs=options.jobs, batch=options.batch, files=options.files,
        limit=options.spans_limit,
    )  # fmt: skip
    took = time.perf_counter() - began
    sys.stderr.write(
        f"{options.sessions} sessions, {export.spans} spans, {export.lines} lines, "
        f"{export.bytes} bytes, {export.bytes / took / 1e6:.0f} MB/s\n"
    )


if __name__ == "__main__":
    main()
