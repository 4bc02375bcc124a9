"""Finds one session and gathers what there is to tell about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.errors import UsageError
from sessiontrace.render.story import Story
from sessiontrace.reporting.masking import masked

if TYPE_CHECKING:
    from sessiontrace.workspace import Workspace

_SHOWN = 5


def story(workspace: Workspace, name: str) -> Story:
    """Return the story of a session, with personal values masked.

    Args:
        name: its id, or the beginning of it if no other id begins so.

    Raises:
        UsageError: there is no such session, or more than one.
    """
    session_id = _found(workspace, name)
    tables = {
        part: masked(workspace.report(f"session_{part}", session_id=session_id))
        for part in Story.PARTS
    }
    return Story(**tables)


def _found(workspace: Workspace, name: str) -> str:
    rows = workspace.rows(
        """
        select session_id, session_id = $1 as is_it
        from sessions where starts_with(session_id, $1)
        order by not is_it, session_id
        """,
        [name],
    )
    if not rows:
        raise UsageError(f"there is no session {name!r}", hint=_nearest(workspace, name))
    if len(rows) > 1 and not rows[0][1]:
        listed = ", ".join(str(row[0]) for row in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        raise UsageError(
            f"{len(rows)} sessions begin with {name!r}", hint=f"give more of the id: {listed}{more}"
        )
    return str(rows[0][0])


def _nearest(workspace: Workspace, name: str) -> str:
    rows = workspace.rows(
        """
        select session_id
        from sessions
        order by
            jaro_winkler_similarity(lower(session_id), lower($1)) desc, session_id
        limit 3
        """,
        [name],
    )
    if not rows:
        return "the export names no session; see: sessiontrace analyze PATH"
    return f"did you mean {' or '.join(str(row[0]) for row in rows)}?"
