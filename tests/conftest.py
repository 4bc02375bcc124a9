"""What every test may use: golden files and our own command in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

REPOSITORY = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).resolve().parent / "golden"

# Only the environment of `make test-oracle` has what these compare with.
collect_ignore = [] if find_spec("statsmodels") else ["oracle_extra"]

# Every skip that may happen, by the beginning of its reason. Anything else fails the run.
ALLOWED_SKIPS = (
    "no folder of real traces",  # too large and not ours to publish
    "no real traces at",
    "needs a pipe that closes as on Unix",
    "needs /dev/full",
    "needs setpriv",  # to be somebody whom permissions bind
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-goldens", action="store_true", help="Write golden files instead of comparing."
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip that nobody agreed to into a failure: an unseen skip is an untested claim."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not reason.removeprefix("Skipped: ").startswith(ALLOWED_SKIPS):
            report.outcome = "failed"
            report.longrepr = f"not an allowed reason to skip ({__file__}): {reason}"
    return report


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text byte for byte with a file below tests/golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-goldens"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        assert path.is_file(), f"no golden file {name}; pytest --update-goldens writes it"
        assert text.encode() == path.read_bytes(), f"{name} differs"

    return compare


@pytest.fixture
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the command line in a process of its own, as a person in a pipe would."""

    def run(
        *arguments: str, cwd: Path = REPOSITORY, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        known = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "TERM")}
        return subprocess.run(
            [sys.executable, "-m", "sessiontrace", *arguments],
            env={**known, **environment},
            cwd=cwd,
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    return run
