"""Time commands in alternating pairs, so that a figure is a ratio of two runs side by side.

Times are seconds, sizes are bytes, rates are shares of 1.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BENCH = Path(__file__).resolve().parent
RESULTS = BENCH / "results"
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in one unit of `ru_maxrss`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one command."""

    wall_s: float
    cpu_s: float
    """User and system time of the command and of the processes it waited for, in seconds."""
    peak_bytes: int
    """Largest resident set of one process, mapped pages of the input included, in bytes."""
    foreign_share: float | None
    """Share of the machine's processor time that others took meanwhile; None if unknown."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is timed: a name and the arguments that write a store to a path that does not exist."""

    name: str
    arguments: Callable[[Path], list[str]]
    store: str = "store.duckdb"


@dataclass(slots=True)
class Pairs:
    """The runs of two commands, `ours[i]` beside `peers[i]`."""

    our_name: str
    peer_name: str
    ours: list[Run] = field(default_factory=list)
    peers: list[Run] = field(default_factory=list)
    discarded: int = 0
    """Pairs that were repeated because other programs were busy."""

    def foreign_share(self) -> float:
        """Return the largest share of the machine that others took during one of the runs."""
        return max(run.foreign_share or 0.0 for run in [*self.ours, *self.peers])

    def ratios(self) -> list[float]:
        """Return per pair how many times longer the peer took."""
        return [peer.wall_s / our.wall_s for our, peer in zip(self.ours, self.peers, strict=True)]


def measure(arguments: Sequence[str]) -> Run:
    """Run a command to its end and return what it took.

    Raises:
        SystemExit: the command exited with another code than 0; its last words are the message.
    """
    with tempfile.TemporaryFile() as stderr:
        busy = busy_seconds()
        start = time.perf_counter()
        with subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
        busy_after = busy_seconds()
        if process.returncode != 0:
            stderr.seek(0)
            words = stderr.read().decode(errors="replace").strip()[-2000:]
            raise SystemExit(
                f"error: {' '.join(arguments)} exited with {process.returncode}\n{words}"
            )
    cpu = usage.ru_utime + usage.ru_stime
    foreign = None
    if busy is not None and busy_after is not None:
        foreign = max(0.0, busy_after - busy - cpu) / (wall * (os.cpu_count() or 1))
    return Run(wall, cpu, usage.ru_maxrss * RSS_UNIT, foreign)


def busy_seconds() -> float | None:
    """Return the processor seconds that the machine has worked since it started; Linux only."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, line.split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(share: float, patience_s: float = 60.0) -> None:
    """Wait until the machine's processors are busy for less than `share` of half a second.

    Gives up after `patience_s` seconds, and at once where the system does not tell.
    """
    end = time.monotonic() + patience_s
    while (before := busy_seconds()) is not None and time.monotonic() < end:
        time.sleep(0.5)
        after = busy_seconds()
        if after is None or after - before < share * 0.5 * (os.cpu_count() or 1):
            return


def run_once(
    command: Command, scratch: Path, check: Callable[[Command, Path], None] | None = None
) -> Run:
    """Run a command on a fresh store, let `check` look at the store, and remove it.

    What earlier runs left to be written to disk is written before the clock starts.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        store = Path(folder) / command.store
        os.sync()
        run = measure(command.arguments(store))
        if check:
            check(command, store)
    return run


def run_pairs(
    ours: Command,
    peer: Command,
    *,
    pairs: int,
    quiet: float | None,
    scratch: Path,
    check: Callable[[Command, Path], None] | None = None,
) -> Pairs:
    """Run each command once to warm up, then `pairs` pairs in the order A B, B A, A B, …

    Args:
        ours: the command on trial.
        peer: what it is compared with.
        pairs: how many pairs count.
        quiet: wait up to a minute for a machine that is busy for less than this share, and repeat
            a pair during which others took more; at most three times as many pairs as asked for
            are run, and the quietest are kept.
        scratch: folder for the stores.
        check: called with each command and its store after the warm-up.
    """
    for command in (ours, peer):
        run_once(command, scratch, check)
    done: list[tuple[float, Run, Run]] = []
    tried = 0
    while len(done) < pairs or (
        quiet is not None and tried < 3 * pairs and sorted(d[0] for d in done)[pairs - 1] > quiet
    ):
        order = (ours, peer) if tried % 2 == 0 else (peer, ours)
        if quiet is not None:
            wait_until_quiet(quiet)
        runs = {command.name: run_once(command, scratch) for command in order}
        our, theirs = runs[ours.name], runs[peer.name]
        noise = max(our.foreign_share or 0.0, theirs.foreign_share or 0.0)
        done.append((noise, our, theirs))
        tried += 1
        print(
            f"  pair {tried}: {ours.name} {our.wall_s:.2f} s, {peer.name} {theirs.wall_s:.2f} s, "
            f"ratio {theirs.wall_s / our.wall_s:.2f}, others took up to {noise:.0%}",
            file=sys.stderr,
            flush=True,
        )
    kept = sorted(done, key=lambda pair: pair[0])[:pairs] if quiet is not None else done
    result = Pairs(ours.name, peer.name, discarded=tried - len(kept))
    for _, our, theirs in kept:
        result.ours.append(our)
        result.peers.append(theirs)
    return result


def describe(name: str, runs: Sequence[Run]) -> str:
    """Return one line with the figures of a command."""
    walls = sorted(run.wall_s for run in runs)
    cpu = median(run.cpu_s for run in runs)
    peak = max(run.peak_bytes for run in runs)
    return (
        f"{name:<30} {walls[0]:>8.2f} {median(walls):>8.2f} {walls[-1]:>8.2f} {cpu:>8.2f}"
        f" {peak / 1e6:>9.0f}"
    )


HEADER = f"{'command':<30} {'min s':>8} {'median s':>8} {'max s':>8} {'cpu s':>8} {'peak MB':>9}"


def report(pairs: Pairs, *, more_is_better: bool = True) -> str:
    """Return the table of one comparison: both commands, median ratio and worst pair."""
    ratios = sorted(pairs.ratios(), reverse=not more_is_better)
    summary = (
        f"{pairs.peer_name} / {pairs.our_name}: median {median(ratios):.2f},"
        f" worst pair {ratios[0]:.2f}, best {ratios[-1]:.2f}"
        f" ({len(ratios)} pairs, {pairs.discarded} discarded,"
        f" others took up to {pairs.foreign_share():.0%} of the machine)"
    )
    ours = describe(pairs.our_name, pairs.ours)
    return "\n".join([HEADER, ours, describe(pairs.peer_name, pairs.peers), summary])


def as_json(pairs: Pairs) -> dict[str, object]:
    """Return one comparison with every run, for the results file."""
    return {**asdict(pairs), "ratios": pairs.ratios(), "ratio_median": median(pairs.ratios())}


def write_results(kind: str, content: dict[str, object]) -> Path:
    """Write a results file that names the machine, and return its path."""
    now = datetime.now(UTC)
    machine = {
        "system": platform.platform(),
        "processor": processor(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{kind}-{now:%Y%m%dT%H%M%SZ}.json"
    text = json.dumps({"at": now.isoformat(), "machine": machine, **content}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def processor() -> str:
    """Return the model of the processor, as far as the system tells."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def executable(given: str | None) -> str:
    """Return the sessiontrace command: the one given, beside this Python, in .venv, or on PATH."""
    if given:
        return given
    for folder in (Path(sys.executable).parent, BENCH.parent / ".venv" / "bin"):
        if (folder / "sessiontrace").exists():
            return str(folder / "sessiontrace")
    if found := shutil.which("sessiontrace"):
        return found
    raise SystemExit("error: no sessiontrace beside this Python\nhelp: --sessiontrace EXE")
