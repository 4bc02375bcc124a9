"""The shared expressions: numbers that other implementations gave, and the edges."""

from __future__ import annotations

import math
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.queries.tables import macros

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

SIX_DIGITS = 5e-7


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with macros() as con:
        yield con


def value(con: duckdb.DuckDBPyConnection, expression: str, *parameters: object) -> object:
    return con.execute(f"select {expression}", list(parameters)).fetchall()[0][0]


# statsmodels 0.15: proportion_confint(method="wilson").
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0, 0.277533),
        (1, 10, 0.017876, 0.404150),
        (5, 10, 0.236593, 0.763407),
        (10, 10, 0.722467, 1),
        (3, 30, 0.034600, 0.256211),
        (41, 100, 0.318673, 0.507986),
        (410, 1000, 0.379917, 0.440772),
        (0, 100, 0, 0.036993),
        (2, 3, 0.207660, 0.938508),
    ],
)
def test_wilson_interval_agrees_with_statsmodels(
    con: duckdb.DuckDBPyConnection, k: int, n: int, low: float, high: float
) -> None:
    found = con.execute("select wilson_low($1, $2), wilson_high($1, $2)", [k, n]).fetchall()[0]
    assert found == pytest.approx((low, high), abs=SIX_DIGITS)


# statsmodels 0.15: confint_proportions_2indep(method="newcomb").
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((410, 1000, 370, 1000), -0.002746, 0.082540),
        ((12, 40, 20, 38), -0.417078, -0.008508),
        ((5, 30, 9, 31), -0.322504, 0.089155),
    ],
)
def test_newcombe_interval_agrees_with_statsmodels(
    con: duckdb.DuckDBPyConnection, counts: tuple[int, ...], low: float, high: float
) -> None:
    found = con.execute(
        "select rate_difference($1, $2, $3, $4), newcombe_low($1, $2, $3, $4),"
        " newcombe_high($1, $2, $3, $4)",
        list(counts),
    ).fetchall()[0]
    k1, n1, k2, n2 = counts
    assert found == pytest.approx((k1 / n1 - k2 / n2, low, high), abs=SIX_DIGITS)


# statsmodels 0.15: proportions_ztest.
@pytest.mark.parametrize(
    ("counts", "sign", "p"),
    [
        ((410, 1000, 370, 1000), 1, 0.066686),
        ((12, 40, 20, 38), -1, 0.042245),
        ((5, 30, 9, 31), -1, 0.250896),
    ],
)
def test_z_gives_the_p_value_of_statsmodels(
    con: duckdb.DuckDBPyConnection, counts: tuple[int, ...], sign: int, p: float
) -> None:
    z = value(con, "two_proportion_z($1, $2, $3, $4)", *counts)
    assert isinstance(z, float)
    assert math.copysign(1, z) == sign
    assert math.erfc(abs(z) / math.sqrt(2)) == pytest.approx(p, abs=SIX_DIGITS)


@pytest.mark.parametrize(
    ("counts", "z"), [((410, 1000, 370, 1000), 1.833782), ((12, 40, 20, 38), -2.031094)]
)
def test_z_agrees_with_statsmodels(
    con: duckdb.DuckDBPyConnection, counts: tuple[int, ...], z: float
) -> None:
    found = value(con, "two_proportion_z($1, $2, $3, $4)", *counts)
    assert found == pytest.approx(z, abs=SIX_DIGITS)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(0, 0)",
        "rate(1, null)",
        "wilson_low(0, 0)",
        "wilson_high(0, 0)",
        "wilson_high(null, 10)",
        "newcombe_low(1, 2, 0, 0)",
        "newcombe_high(0, 0, 1, 2)",
        "two_proportion_z(0, 0, 1, 2)",
        "two_proportion_z(0, 10, 0, 20)",
        "two_proportion_z(10, 10, 20, 20)",
    ],
)
def test_nothing_out_of_nothing_is_unknown(con: duckdb.DuckDBPyConnection, expression: str) -> None:
    assert value(con, expression) is None


def test_intervals_hold_the_rate_and_stay_in_their_range(con: duckdb.DuckDBPyConnection) -> None:
    count = value(
        con,
        """
        count(*) from (
            select k, n,
                wilson_low(k, n) as low, wilson_high(k, n) as high,
                newcombe_low(k, n, n - k, n) as low2, newcombe_high(k, n, n - k, n) as high2
            from range(1, 120) as sizes(n), range(0, 120) as counts(k)
            where k <= n
        )
        where not (0 <= low and low <= k / n and k / n <= high and high <= 1)
            or not (-1 <= low2 and low2 <= (2 * k - n) / n and (2 * k - n) / n <= high2
                and high2 <= 1)
        """,
    )
    assert count == 0


def test_counts_beyond_32_bits_stay_exact(con: duckdb.DuckDBPyConnection) -> None:
    low = value(con, "wilson_low(3::bigint, 3000000000000::bigint)")
    assert low == pytest.approx(3.4e-13, rel=0.01)


def test_percentiles_interpolate_as_python_does(con: duckdb.DuckDBPyConnection) -> None:
    numbers = [math.exp(5 * math.sin(i)) for i in range(101)]
    con.execute(
        "create or replace temp table numbers as select unnest($1::double[]) as x", [numbers]
    )
    cuts = statistics.quantiles(numbers, n=100, method="inclusive")
    found = con.execute(
        "select percentile(x, 0.5), percentile(x, 0.9), percentile(x, 0.99) from numbers"
    ).fetchall()[0]
    assert found == pytest.approx((cuts[49], cuts[89], cuts[98]), rel=1e-7)
    assert value(con, "percentile(x, 0.5) from range(1, 5) as counting(x)") == 2.5


def test_sums_do_not_depend_on_the_order_of_the_rows(con: duckdb.DuckDBPyConnection) -> None:
    forward = value(con, "total(x) from (select unnest([1e16, 0.1, -1e16, 0.2]) as x)")
    backward = value(con, "total(x) from (select unnest([0.2, -1e16, 0.1, 1e16]) as x)")
    assert forward == backward == 0.3


def test_values_that_are_no_numbers_are_unknown(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute(
        "select known(x), total(x), mean_value(x), percentile(x, 0.5)"
        " from (select unnest(['nan'::double, 'inf'::double, null, 2, 4]) as x)"
    ).fetchall()[0]
    assert found == (2, 6, 3, 3)
    assert value(con, "mean_value(x) from (select null::double as x)") is None


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("0.1::double + 0.2::double", 0.3),
        ("1 / 3.0e0", 0.333333333333),
        ("123456789012345", 123456789012000.0),
        ("-1e-30", -1e-30),
        ("0", 0.0),
        ("null", None),
    ],
)
def test_numbers_are_shown_to_twelve_digits(
    con: duckdb.DuckDBPyConnection, raw: str, shown: float | None
) -> None:
    assert value(con, f"sig12({raw})") == shown


@pytest.mark.parametrize(
    ("expression", "band"),
    [
        ("wait_band(999.9)", "0-1 s"),
        ("wait_band(1000)", "1-3 s"),
        ("wait_band(3000)", "3-10 s"),
        ("wait_band(10000)", "10-30 s"),
        ("wait_band(30000)", "30 s or more"),
        ("wait_band(null)", None),
        ("context_band(0.5)", "up to 0.5"),
        ("context_band(0.8)", "0.5 to 0.8"),
        ("context_band(0.81)", "above 0.8"),
        ("context_band(null)", None),
        ("turn_band(1)", "1"),
        ("turn_band(10)", "7-10"),
        ("turn_band(21)", "21 or more"),
        ("session_origin('own:session.id')", "native"),
        ("session_origin('ancestor:session.id')", "inherited"),
        ("session_origin('root:session.id')", "inherited"),
        ("session_origin('trace:langfuse.session.id')", "inherited"),
        ("session_origin('log:session.id')", "inherited"),
        ("session_origin('turn:own:session.id')", "inherited"),
        ("session_origin('turn:inferred:user_and_time')", "inferred"),
        ("session_origin('resource:session.id')", "resource"),
        ("session_origin('conversation:gen_ai.conversation.id')", "conversation"),
        ("session_origin('inferred:user_and_time')", "inferred"),
        ("session_origin(null)", "missing"),
    ],
)
def test_classes_have_the_edges_they_name(
    con: duckdb.DuckDBPyConnection, expression: str, band: str | None
) -> None:
    assert value(con, expression) == band
