"""Answers about sessions, turns, drop-off and journeys from exported OpenTelemetry traces."""

from __future__ import annotations
