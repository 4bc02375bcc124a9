"""A skip that nobody agreed to fails, so that no claim goes untested unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import ALLOWED_SKIPS, REPOSITORY

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]


def test_only_agreed_skips_pass(pytester: pytest.Pytester) -> None:
    pytester.makeconftest((REPOSITORY / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(
        f"""
        import pytest

        def test_agreed(): pytest.skip({ALLOWED_SKIPS[0]!r} + ": details")

        def test_sneaky(): pytest.skip("it is late")

        @pytest.mark.skipif(True, reason="not on this machine")
        def test_sneaky_mark(): pass

        @pytest.mark.xfail(reason="a known limit", strict=True)
        def test_known_limit(): assert False
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1, xfailed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*not an allowed reason to skip*it is late*"])
