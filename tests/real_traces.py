"""Where the folder of genuine trace exports lies that some tests read."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "SESSIONTRACE_REAL_TRACES"
_DEFAULT = Path(__file__).resolve().parents[1] / ".." / "shared" / "real_traces"


def real_traces() -> Path:
    """The folder named by SESSIONTRACE_REAL_TRACES, else its default; it may not exist."""
    return Path(os.environ.get(VARIABLE) or _DEFAULT).resolve()
