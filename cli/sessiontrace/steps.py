"""The step language of goals and funnels: text to a condition on the table `events`.

converted
tool = search
intent = "question"
stage = onboarding/activated
"""

from __future__ import annotations

import re

from sessiontrace.errors import UsageError, did_you_mean

_STEP = re.compile(r"""\s*([A-Za-z_][\w.]*)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|(.+?)))?\s*""")
_KINDS = {
    "converted": "converted",
    "tool": "tool",
    "tool_name": "tool",
    "gen_ai.tool.name": "tool",
    "model": "model",
    "gen_ai.request.model": "model",
    "stage": "stage",
    "journey.stage": "stage",
    "intent": "turn",
    "turn.intent": "turn",
    "turn.input_type": "turn",
    "turn": "turn",
    "action": "action",
    "turn.output_type": "action",
    "end": "end",
    "end_reason": "end",
    "session.end_reason": "end",
}


def parse_goal(text: str) -> tuple[str, str | None]:
    """Return the kind of event and, where given, its name.

    Raises:
        UsageError: the text is no step; the hint names the nearest kind of step.
    """
    found = _STEP.fullmatch(text)
    if found is None:
        raise UsageError(
            f"{text!r} is no step", hint='write converted, or KIND = VALUE as in tool = "search"'
        )
    word = found.group(1)
    if word not in _KINDS:
        column = text.index(word) + 1
        raise UsageError(
            f"{text!r}, column {column}: {word!r} is no kind of step",
            hint=did_you_mean(word, _KINDS),
        )
    value = next((each for each in found.groups()[1:] if each is not None), None)
    return _KINDS[word], value
