"""Exit codes, streams and what is imported: the promises of the command line."""

from __future__ import annotations

import errno
import gzip
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
import typer.main
from tests.conftest import REPOSITORY

from sessiontrace import app as application
from sessiontrace import output
from sessiontrace.errors import ExitCode, SessionTraceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = ("duckdb", "polars", "rich", "numpy", "scipy", "google.protobuf", "msgspec")


def in_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def commands() -> list[str]:
    group = typer.main.get_command(application.app)
    return sorted(getattr(group, "commands", {}))


@pytest.mark.parametrize("arguments", [["--help"], ["reports", "--help"], ["--nonsense"]])
def test_help_imports_no_engine(arguments: list[str]) -> None:
    done = in_python(
        """
        import sys
        from sessiontrace.app import run
        run(sys.argv[1:])
        print("imported:", *sorted(sys.modules))
        """,
        *arguments,
    )
    imported = set(done.stdout.rpartition("imported:")[2].split())
    assert "sessiontrace.app" in imported
    assert imported.isdisjoint(HEAVY)


def test_importing_the_package_imports_nothing_else() -> None:
    done = in_python("import sys, sessiontrace; print(*sorted(sys.modules))")
    assert set(done.stdout.split()).isdisjoint({*HEAVY, "typer", "importlib.metadata"})


def examples(name: str) -> list[str]:
    page = in_python(
        "from sessiontrace.app import run; import sys; run(sys.argv[1:])", name, "--help"
    ).stdout
    return re.findall(r"^\s+(sessiontrace .+)$", page, re.MULTILINE)


@pytest.fixture(scope="module")
def example_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    sample = REPOSITORY / "sample_traces" / "frameworks" / "langfuse" / "traces.jsonl"
    (folder / "exports").mkdir()
    shutil.copy(sample, folder / "exports")
    with gzip.open(folder / "new.jsonl.gz", "wb") as packed:
        packed.write(sample.read_bytes())
    load = ["load", "exports", "--db", "traces.duckdb"]
    subprocess.run(
        [sys.executable, "-m", "sessiontrace", *load], cwd=folder, check=True, timeout=60
    )
    return folder


@pytest.mark.parametrize("name", commands())
def test_a_command_has_two_examples_that_run(
    name: str, command: Command, example_files: Path, tmp_path: Path
) -> None:
    lines = examples(name)
    assert len(lines) >= 2
    for number, line in enumerate(lines):
        folder = tmp_path / str(number)
        shutil.copytree(example_files, folder)
        done = command(*shlex.split(line)[1:], cwd=folder)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_the_version_is_the_one_of_the_package(command: Command) -> None:
    done = command("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"sessiontrace \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Usage: sessiontrace"),
        (["reprots"], 2, "no such command 'reprots'\n  help: did you mean reports?"),
        (["reports", "--fromat", "csv"], 2, "no such option: --fromat\n  help: did you mean"),
        (["reports", "--format", "xml"], 2, "'xml' is not one of 'table', 'json'"),
        (["reports", "--format"], 2, "'--format' requires an argument"),
        (["reports", "spare"], 2, "unexpected extra argument(s) (spare)"),
        (["reports", "--queries", "nowhere"], 2, "--queries nowhere is not a folder"),
        (["reports", "-o", "no/such/folder/x.txt"], 2, "cannot write no/such/folder/x.txt"),
    ],
)
def test_a_mistake_is_one_line_and_a_remedy(
    command: Command, arguments: list[str], code: int, message: str
) -> None:
    done = command(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


def raising(problem: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the exit code for a command that raises."""

    def fail(_arguments: object) -> ExitCode:
        raise problem

    monkeypatch.setattr(application, "_invoke", fail)
    return application.run([])


@pytest.mark.parametrize(
    ("problem", "code", "words"),
    [
        (
            SessionTraceError("no luck", hint="try\nagain"),
            2,
            "error: no luck\n  help: try\n",
        ),
        (SessionTraceError("x", exit_code=ExitCode.REJECTED), 5, "error: x"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), 2, "/x/y: No space left"),
        (KeyboardInterrupt(), 130, ""),
        (RuntimeError("Query interrupted"), 130, ""),
        (application.Terminated(), 143, ""),
        (BrokenPipeError(), 0, ""),
        (ZeroDivisionError("oh"), 4, "unexpected ZeroDivisionError: oh\n  help: this is a bug"),
        (RuntimeError("something else"), 4, "unexpected RuntimeError: something else"),
    ],
)
def test_every_problem_has_its_exit_code(
    problem: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(application, "_forget_stdout", lambda: None)
    assert raising(problem, monkeypatch) == code
    said = capsys.readouterr().err
    assert words in said
    assert bool(said) == bool(words)
    assert "Traceback" not in said


def test_a_bug_shows_its_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SESSIONTRACE_DEBUG", "1")
    assert raising(ZeroDivisionError("oh"), monkeypatch) == ExitCode.BUG
    assert "Traceback" in capsys.readouterr().err


def test_messages_cannot_move_the_cursor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "file \x1b[2J\x1b]0;title\x07\x9b31m\u202e.json\nsecond line"
    raising(SessionTraceError(hostile, hint=hostile), monkeypatch)
    assert capsys.readouterr().err.splitlines() == [
        "sessiontrace: error: file .json second line",
        "  help: file .json",
        "  help: second line",
    ]


@pytest.mark.skipif(os.name == "nt", reason="needs a pipe that closes as on Unix")
def test_a_closed_pipe_ends_quietly() -> None:
    command = f"{shlex.quote(sys.executable)} -m sessiontrace reports; echo $? >&2"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert done.stderr == "0\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_an_error_with_a_remedy() -> None:
    command = f"{shlex.quote(sys.executable)} -m sessiontrace reports > /dev/full"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "error: cannot write to stdout: No space left on device\n  help: free" in done.stderr


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGINT, 130)]
)
@pytest.mark.parametrize("work", ["time.sleep(60)", "duckdb.sql(SLOW).fetchall()"])
def test_a_signal_ends_the_run_with_its_code(number: int, code: int, work: str) -> None:
    program = textwrap.dedent(f"""
        import sys, time, duckdb
        from sessiontrace import app
        SLOW = "select count(*) from range(10000000) a, range(10000000) b where a.range < b.range"
        def work(arguments):
            print("ready", flush=True)
            {work}
        app._invoke = work
        app.main()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)  # let the query begin
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (code, "")


def test_a_file_gets_the_bytes_of_stdout(command: Command, tmp_path: Path) -> None:
    target = tmp_path / "reports.csv"
    target.write_text("old")
    done = command("reports", "--format", "csv", "-o", str(target))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    shown = subprocess.run(
        [sys.executable, "-m", "sessiontrace", "reports", "--format", "csv"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert target.read_bytes() == shown.stdout
    assert list(tmp_path.iterdir()) == [target]


def test_a_device_is_written_through(tmp_path: Path) -> None:
    output.write("x", tmp_path / "new")
    assert (tmp_path / "new").read_text() == "x"
    null = type(tmp_path)(os.devnull)
    output.write("x", null)
    assert not null.is_file()


def test_the_screen_has_a_sensible_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert output.screen().width == 100
    for declared, width in (("20", 80), ("120", 120), ("999", 140)):
        monkeypatch.setenv("COLUMNS", declared)
        assert output.screen().width == width
