"""Wheel and sdist hold what they must, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both once, without a network: the build backend is one of the pinned tools."""
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(REPOSITORY)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return target


def files_below(folder: str, *suffixes: str) -> set[str]:
    """Return the files of the checkout below a folder, as paths below the repository."""
    found = (path for path in (REPOSITORY / folder).rglob("*") if path.is_file())
    return {
        path.relative_to(REPOSITORY).as_posix()
        for path in found
        if path.suffix in suffixes or path.name == "py.typed"
    }


def test_the_wheel_holds_the_package_and_its_queries(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        licences = {name.rpartition("/")[2] for name in wheel.namelist() if "licenses/" in name}
    package = {name.removeprefix("cli/") for name in files_below("cli", ".py")}
    queries = {f"sessiontrace/{name}" for name in files_below("queries", ".sql", ".toml", ".md")}
    assert names == package | queries
    assert licences == {"LICENSE", "NOTICE"}


def test_the_sdist_can_build_and_test_itself(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert files_below("cli", ".py") | files_below("queries", ".sql", ".toml") <= names
    assert files_below("tests", ".py") <= names
    assert {"Makefile", "pyproject.toml", "requirements/dev.txt", "README.md", "LICENSE"} <= names
    assert not {name for name in names if "__pycache__" in name or name.startswith(".venv")}


def test_the_wheel_runs_where_there_is_no_checkout(built: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r});"
        "from sessiontrace import app, catalog;"
        f"assert catalog.queries_root().is_relative_to({str(tmp_path)!r}), catalog.queries_root();"
        "sys.exit(app.run(['reports', '--format', 'csv']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1 + len(list((REPOSITORY / "queries/reports").glob("*.sql")))
