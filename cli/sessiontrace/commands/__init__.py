"""One command, one module: parse options, ask the workspace, hand the rows to a renderer."""

from __future__ import annotations
