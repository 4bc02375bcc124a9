"""The file form: OTLP/JSON as the OpenTelemetry Collector's file exporter writes it.

Owns key order, number forms and batching of one line; knows nothing about chats. A span is a
`%` template with its keys already in place, because filling a template is an order of magnitude
faster than `json.dumps` on a dictionary of twelve attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

INTERNAL, SERVER, CLIENT = 1, 2, 3
"""OTLP span kinds."""

UNSET = "{}"
"""Status of a span that nobody marked."""


def text(key: str) -> str:
    """Template of a string attribute; its value must need no JSON escape."""
    return '{"key":"' + key + '","value":{"stringValue":"%s"}}'


def whole(key: str) -> str:
    """Template of an integer attribute (a decimal string, as OTLP/JSON demands)."""
    return '{"key":"' + key + '","value":{"intValue":"%d"}}'


def real(key: str) -> str:
    """Template of a double attribute; fill it with the text from `decimal`."""
    return '{"key":"' + key + '","value":{"doubleValue":%s}}'


def flag(key: str) -> str:
    """Template of a boolean attribute; fill it with `true` or `false`."""
    return '{"key":"' + key + '","value":{"boolValue":%s}}'


def texts(key: str) -> str:
    """Template of an array attribute that holds one string."""
    return '{"key":"' + key + '","value":{"arrayValue":{"values":[{"stringValue":"%s"}]}}}'


def span(name: str, kind: int, *attributes: str) -> str:
    """Template of a span.

    Fields in order: trace id, span id, parent id, [fields of the name], start ns, end ns, the
    attributes, then further attributes (each with a comma in front), events, status.
    """
    return (
        '{"traceId":"%032x","spanId":"%016x","parentSpanId":"%s","flags":257,"name":"'
        + name
        + f'","kind":{kind}'
        + ',"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":['
        + ",".join(attributes)
        + '%s]%s,"status":%s}'
    )


def event(name: str, *attributes: str) -> str:
    """Template of the one event of a span. Fields: time ns, the attributes."""
    return (
        ',"events":[{"timeUnixNano":"%d","name":"'
        + name
        + '","attributes":['
        + ",".join(attributes)
        + "]}]"
    )


def failed(message: str) -> str:
    """Status of a span that failed."""
    return '{"message":"' + message + '","code":2}'


def decimal(value: int, digits: int) -> str:
    """Write value / 10**digits as Go writes a float64: no exponent, no trailing zeros."""
    padded = f"{value:0{digits + 1}d}"
    fraction = padded[-digits:].rstrip("0")
    return f"{padded[:-digits]}.{fraction}" if fraction else padded[:-digits]


def uuid(bits: int) -> str:
    """Write 128 random bits as a version 4 UUID."""
    digits = f"{bits:032x}"
    variant = "89ab"[bits >> 60 & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def resource(attributes: Iterable[tuple[str, str]]) -> str:
    """Write a resource whose attributes are all strings."""
    return '{"attributes":[' + ",".join(text(key) % value for key, value in attributes) + "]}"


def request(spans: Iterable[tuple[int, int, str]], resources: list[str], scopes: list[str]) -> str:
    """Write one line: the spans of a batch, grouped by resource, then by scope.

    Each span is (end ns, group, text), where group = resource index * number of scopes + scope
    index. Groups stand in the order of their first span, spans in the order given.
    """
    count = len(scopes)
    grouped: dict[int, dict[int, list[str]]] = {}
    for _, group, body in spans:
        in_resource = grouped.setdefault(group // count, {})
        in_resource.setdefault(group % count, []).append(body)
    return (
        '{"resourceSpans":['
        + ",".join(
            '{"resource":'
            + resources[of]
            + ',"scopeSpans":['
            + ",".join(
                '{"scope":' + scopes[scope] + ',"spans":[' + ",".join(bodies) + "]}"
                for scope, bodies in by_scope.items()
            )
            + "]}"
            for of, by_scope in grouped.items()
        )
        + "]}\n"
    )
