"""What a user id looks like: every class, and the identifiers that standards use as examples."""

from __future__ import annotations

import hashlib
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.queries.tables import macros

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

SHA256 = hashlib.sha256(b"someone").hexdigest()

# The values are invented, or examples that the conventions themselves print.
CASES = [
    ("empty/placeholder", ["", "  ", "-", "n/a", "None", "NULL", "anonymous", "Guest", "test"]),
    (
        "empty/placeholder",
        [str(uuid.UUID(int=0)), "0" * 32, "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    ),
    ("redacted", ["***", "xxxxxx", "[REDACTED]", "<masked>", "(pii)", "[redacted:email]"]),
    ("redacted", ["[Scrubbed due to 'session']"]),
    ("raw.email", ["a.einstein@example.com", "mailto:x@y.org", "x%40y.co.uk", " p.q@r.de "]),
    ("raw.jwt", ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJhbGciOiJub25lIn0.e30."]),
    ("raw.sid", ["S-1-5-21-202424912-787692-21", "S-1-5-32-544"]),
    ("raw.dn", ["CN=Jane Doe,OU=Sales,DC=example", "uid=jdoe, ou=people"]),
    ("raw.domain_user", ["CORP\\jdoe", "example.com\\j.doe"]),
    ("raw.idp", ["auth0|5f7c8ec7c33c6c004bbafe82", "google-oauth2|1034", "GitHub|octocat"]),
    ("raw.ssn", ["078-05-1120"]),
    ("raw.mac", ["00:1A:2b:3c:4d:5e", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"]),
    ("raw.ip", ["192.168.0.1", "10.0.0.1:8080", "::1", "fe80::1%eth0", "1:2:3:4:5:6:7:8"]),
    ("raw.int", ["7", "123456", "1234567", "-5", "76561198000000000"]),
    ("raw.phone", ["+49 30 123456", "(555) 123-4567", "tel:+1-202-555-0143"]),
    ("uuid.name(v3/5)", [str(uuid.uuid5(uuid.NAMESPACE_DNS, "someone"))]),
    ("uuid.time(v1/2/6)", ["c232ab00-9414-11ec-b3c8-9f68deced846"]),
    ("uuid.random(v4/7/8)", ["9328ae5c-0c3a-4b1e-9a0e-1f2d3c4b5a69"]),
    ("uuid.other", ["9328ae5c-0c3a-9b1e-1a0e-1f2d3c4b5a69"]),
    ("uuid.dashless", ["9328ae5c0c3a4b1e9a0e1f2d3c4b5a69"]),
    ("pwhash", ["$2b$12$EixZaYVK1fsbw1ZfbX3OXe", "$argon2id$v=19$m=65536$c2FsdA$aGFzaA"]),
    (
        "digest.tagged",
        [f"sha256:{SHA256}", "hmac-sha256=0123456789abcdef", "user:hash_a1b2c3d4e5f6"],
    ),
    ("digest.hex", [SHA256, "364fc68eaf4c8acec74a4e52d7d1feaa"]),
    ("digest.hex", [hashlib.new(name, b"x").hexdigest() for name in ("sha1", "sha384", "sha512")]),
    ("digest.degenerate", ["a" * 32, "0123" * 8, "00000000000000000000000000000042"]),
    ("opaque.objectid24", ["507f1f77bcf86cd799439011"]),
    ("digest.hex_trunc", ["a1b2c3d4e5f6", SHA256[:16], SHA256[:33]]),
    ("opaque.prefix_hex", ["user_a1b2c3d4e5f6", "p:0123456789abcdef"]),
    ("opaque.ulid", ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]),
    ("digest.b64", ["QdH5CAWJgqVT4rOr0qtumf", "L7k0BHmF1ha5U3NfGykjro4xWi1MPVQPjhMAZbSV9mM="]),
    ("opaque.prefixed", ["cus_NffrFeUfNV2Hib", "user_2NNEqL2nrIRdJ194ndJqAHwEfxC"]),
    ("opaque.mixed", ["V1StGXR8_Z5jdHi6B-myT"]),
    ("raw.name", ["Albert Einstein", "Ludwig van Beethoven", "Dr. Who", "王小明", "김철수"]),
    ("raw.username", ["a.einstein", "username", "jörg-müller", "octocat42"]),
    ("other", ["user 17", "a/b", "<script>"]),
]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with macros() as con:
        yield con


@pytest.mark.parametrize(
    ("value", "expected"), [(value, name) for name, values in CASES for value in values]
)
def test_shape_decides_the_class(con: duckdb.DuckDBPyConnection, value: str, expected: str) -> None:
    found = con.execute("select user_id_class($1), user_id_is_raw($1)", [value]).fetchall()
    assert found == [(expected, expected.startswith("raw."))]


def test_no_user_id_has_no_class(con: duckdb.DuckDBPyConnection) -> None:
    assert con.execute("select user_id_class(null), user_id_is_raw(null)").fetchall() == [
        (None, None)
    ]


def test_digests_of_any_kind_are_never_called_raw(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        """
        select count(*)
        from range(5000) as numbers(i),
            lateral (select unnest([
                md5(i::varchar), sha1(i::varchar), sha256(i::varchar), left(sha256(i::varchar), 16),
                'user_' || left(md5(i::varchar), 12), to_base64(unhex(sha256(i::varchar)))
            ]) as id)
        where user_id_is_raw(id) or user_id_class(id) in ('other', 'digest.degenerate')
        """
    ).fetchall()
    assert found == [(0,)]
