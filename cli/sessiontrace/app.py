"""The command line: names and order of the commands, and the one place that knows exit codes.

Commands return an exit code or None and raise what went wrong; here it becomes a message and the
code of the process. Importing this module loads neither the engine nor rich.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import Abort, Exit, TyperException

from sessiontrace import diagnostics, output
from sessiontrace.commands import (
    analyze,
    export,
    load,
    query,
    report,
    reports,
    rules,
    schema,
    session,
)
from sessiontrace.errors import ExitCode, SessionTraceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

PROGRAM = "sessiontrace"

app = typer.Typer(
    name=PROGRAM,
    help="Answers about sessions, turns, drop-off and journeys from exported OpenTelemetry traces.",
    no_args_is_help=True,
    rich_markup_mode=None,  # help in 70 ms; rich would double that
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

# In the order in which they are needed, which is the order of the help.
app.command("analyze")(analyze.analyze)
app.command("session")(session.session)
app.command("load")(load.load)
app.command("query")(query.query)
app.command("schema")(schema.schema)
app.command("report")(report.report)
app.command("export")(export.export)
app.command("reports")(reports.reports)
app.command("rules")(rules.rules)


class Terminated(BaseException):
    """SIGTERM arrived. Not an Exception, so that nothing on the way swallows it."""


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        output.write(f"{PROGRAM} {version(PROGRAM)}\n")
        raise Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def main() -> None:
    """Run the command line of this process and exit."""
    signal.signal(signal.SIGTERM, _on_sigterm)
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> ExitCode:
    """Run one command; every problem becomes words on stderr and an exit code."""
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except (output.ClosedPipeError, BrokenPipeError):
        _forget_stdout()
        return ExitCode.OK
    except SessionTraceError as problem:
        diagnostics.error(problem)
        return problem.exit_code
    except TyperException as problem:
        return _explain_usage(problem)
    except Terminated:
        return ExitCode.TERMINATED
    except (KeyboardInterrupt, Abort):
        return ExitCode.INTERRUPTED
    except OSError as problem:
        diagnostics.error(_system_problem(problem))
        return ExitCode.USAGE
    except Exception as problem:  # noqa: BLE001 (an uncaught exception exits 1: "findings")
        if _is_interrupt(problem):
            return ExitCode.TERMINATED if _signals else ExitCode.INTERRUPTED
        diagnostics.bug(problem)
        return ExitCode.BUG
    return code


def _invoke(arguments: Sequence[str]) -> ExitCode:
    """Run typer without its own error handling, which exits 1 on a closed pipe."""
    command = typer.main.get_command(app)
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        command.main(args=list(arguments), prog_name=PROGRAM)
    try:
        with command.make_context(PROGRAM, list(arguments)) as context:
            code = command.invoke(context)
    except Exit as done:
        code = done.exit_code
    return ExitCode(code or 0)


def _explain_usage(problem: TyperException) -> ExitCode:
    context: Any = getattr(problem, "ctx", None)
    if type(problem).__name__ == "NoArgsIsHelpError":
        diagnostics.help_text(problem.format_message())
        return ExitCode.USAGE
    message, _, suggestion = problem.message.rstrip(".").partition(". Did you mean ")
    possible = getattr(problem, "possibilities", None)
    if not suggestion and possible:
        suggestion = " or ".join(sorted(possible)) + "?"
    elif not suggestion:
        message = problem.format_message().rstrip(".")
    nearest = suggestion.partition(",")[0].strip("'?")
    hints = [f"did you mean {nearest}?"] if nearest else []
    command = context.command_path if context is not None else PROGRAM
    hints.append(f"{command} --help shows what there is")
    message = message.replace("Value error, ", "")
    message = message[:1].lower() + message[1:]
    diagnostics.error(UsageError(message, hint="\n".join(hints)))
    return ExitCode.USAGE


def _system_problem(problem: OSError) -> SessionTraceError:
    """The operating system refused something that nobody below could explain better."""
    reason = problem.strerror or type(problem).__name__
    where = f"{problem.filename}: " if problem.filename else ""
    return SessionTraceError(f"{where}{reason}")


_signals: list[int] = []


def _on_sigterm(number: int, _frame: FrameType | None) -> None:
    _signals.append(number)
    raise Terminated


def _is_interrupt(problem: Exception) -> bool:
    """DuckDB turns a signal during a query into an error of its own."""
    return "interrupted" in str(problem).lower() and (
        isinstance(problem, RuntimeError) or type(problem).__name__ == "InterruptException"
    )


def _forget_stdout() -> None:
    """Let the interpreter flush into nowhere at exit, where it would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
