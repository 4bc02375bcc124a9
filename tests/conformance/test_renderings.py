"""The same 18 spans, written in three dialects of OTLP/JSON."""

from __future__ import annotations

from tests.conformance.compare import CATALOG, options
from tests.conformance.contents import OF_SPANS, digests
from tests.conformance.inputs import need_real_traces
from tests.real_traces import real_traces

from sessiontrace.workspace import Workspace

RENDERINGS = (
    "python_otlp_json_file_exporter.jsonl",
    "python_MessageToJson_wrong_base64_enum_names.json",
    "python_MessageToJson_preserving_names_wrong_snake.jsonl",
)


def test_every_dialect_loads_to_identical_tables() -> None:
    need_real_traces()
    found = []
    for name in RENDERINGS:
        path = str(real_traces() / "files" / name)
        with Workspace.open([path], options(), catalog=CATALOG) as workspace:
            found.append(digests(workspace, OF_SPANS, without={"source_id"}))
    assert found[0]["spans"][0] == 18
    assert found[0]["turns"][0] > 0
    assert found[1:] == [found[0], found[0]]
