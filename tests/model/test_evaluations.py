"""Scores land in `evaluations`, whichever way they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.model.exports import Span, opened, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.workspace import Workspace

TURN = {"session.id": "s", "turn.id": "t1"}
RESULT = {
    "gen_ai.evaluation.name": "relevance",
    "gen_ai.evaluation.score.value": 0.75,
    "gen_ai.evaluation.score.label": "good",
}
ANNOTATIONS = {
    "annotations.0.annotation.name": "tone",
    "annotations.0.annotation.score": 0.5,
    "annotations.0.annotation.label": "kind",
    "annotations.1.annotation.name": "length",
    "annotations.1.annotation.score": 1,
    "trace.annotations.0.annotation.name": "whole trace",
    "trace.annotations.0.annotation.score": 0.25,
    "session.annotations.0.annotation.name": "whole session",
    "session.annotations.0.annotation.label": "fine",
    "evaluations.0.evaluation.name": "hallucination",
    "evaluations.0.evaluation.score": 0.125,
}
SPANS = [
    Span(1, 1, "conversation.turn", TURN, events=[("gen_ai.evaluation.result", RESULT)]),
    Span(1, 2, "judged", ANNOTATIONS, parent=1),
    Span(2, 1, "session.end", {"session.id": "s", "session.user_satisfaction": 0.9}, start=9),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with opened(write(tmp_path_factory.mktemp("evaluations"), SPANS)) as workspace:
        yield workspace


@pytest.mark.parametrize(
    ("name", "score", "label", "source", "turn"),
    [
        ("relevance", 0.75, "good", "event:gen_ai.evaluation.result", "t1"),
        ("tone", 0.5, "kind", "attribute:annotations", "t1"),
        ("length", 1.0, None, "attribute:annotations", "t1"),
        ("whole trace", 0.25, None, "attribute:trace.annotations", "t1"),
        ("whole session", None, "fine", "attribute:session.annotations", "t1"),
        ("hallucination", 0.125, None, "attribute:evaluations", "t1"),
        ("user_satisfaction", 0.9, None, "attribute:session.user_satisfaction", None),
    ],
)
def test_a_score_is_a_row(
    workspace: Workspace,
    name: str,
    score: float | None,
    label: str | None,
    source: str,
    turn: str | None,
) -> None:
    rows = workspace.rows(
        "select score, label, source, turn_id, session_id from evaluations where name = ?", [name]
    )
    assert rows == [(score, label, source, turn, "s")]


def test_no_score_is_counted_twice(workspace: Workspace) -> None:
    assert workspace.rows("select count(*) from evaluations") == [(7,)]
    assert workspace.rows("select satisfaction from sessions") == [(0.9,)]
