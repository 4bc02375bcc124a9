"""The document of `analyze`, one module per format; the sections come ready."""

from __future__ import annotations
