"""Our intervals and statsmodels', over a grid that includes every edge."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import duckdb
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from sessiontrace.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (1, 2, 5, 30, 1000)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(Catalog.load().macros["statistics"].sql)
        yield connection


def counts() -> list[tuple[int, int]]:
    return [(k, n) for n in SIZES for k in sorted({0, 1, n // 2, n - 1, n})]


def test_wilson_is_statsmodels_wilson(connection: duckdb.DuckDBPyConnection) -> None:
    for k, n in counts():
        ours = connection.execute("select wilson_low($1, $2), wilson_high($1, $2)", [k, n])
        assert ours.fetchall()[0] == pytest.approx(
            proportion_confint(k, n, method="wilson"), abs=1e-12
        )


def test_newcombe_is_statsmodels_newcomb(connection: duckdb.DuckDBPyConnection) -> None:
    for (k1, n1), (k2, n2) in product(counts(), counts()):
        ours = connection.execute(
            "select newcombe_low($1, $2, $3, $4), newcombe_high($1, $2, $3, $4)", [k1, n1, k2, n2]
        )
        theirs = confint_proportions_2indep(k1, n1, k2, n2, compare="diff", method="newcomb")
        assert ours.fetchall()[0] == pytest.approx(theirs, abs=1e-12)
