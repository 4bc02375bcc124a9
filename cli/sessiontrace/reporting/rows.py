"""Rows of a report by name: as they are, and as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sessiontrace.render.values import MISSING, human_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sessiontrace.render.types import Table


class Item:
    """One row: `item["k"]` is the value, `item.show("k")` the text."""

    def __init__(self, raw: dict[str, object], texts: dict[str, str]) -> None:
        self._raw = raw
        self._texts = texts

    def __getitem__(self, name: str) -> object:
        return self._raw[name]

    def show(self, name: str) -> str:
        """Return a value with its unit; a dash if it is not known."""
        return self._texts[name]

    def number(self, name: str) -> float:
        """Return a number; 0 if it is not known."""
        value = self._raw[name]
        return float(value) if isinstance(value, int | float) else 0.0

    def count(self, name: str) -> int:
        """Return a count; 0 if it is not known."""
        value = self._raw[name]
        return value if isinstance(value, int) else 0

    def fraction(self, k: str = "k", n: str = "n") -> str:
        """Return `10/264`."""
        return f"{self.show(k)}/{self.show(n)}"

    def interval(self, low: str = "low", high: str = "high") -> str:
        """Return `2.1–6.8 %`; a sign stays with its number."""
        first, last = self.show(low), self.show(high)
        if MISSING in (first, last):
            return MISSING
        return f"{first.removesuffix(' %')}–{last}"

    def rate(self, share: str = "share") -> str:
        """Return `10/264 (3.8 %)`."""
        return f"{self.fraction()} ({self.show(share)})" if self.count("n") else self.fraction()

    def estimate(self, share: str = "share") -> str:
        """Return `10/264 (3.8 %, 2.1–6.8 %)`."""
        if not self.count("n"):
            return self.fraction()
        return f"{self.fraction()} ({self.show(share)}, {self.interval()})"


class Rows:
    """The rows of a report in their order."""

    def __init__(self, table: Table) -> None:
        self.table = table
        names = [column.name for column in table.columns]
        self._items = [
            Item(
                dict(zip(names, row, strict=True)),
                dict(zip(names, human_row(table, row), strict=True)),
            )
            for row in table.rows
        ]

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def all(self, **wanted: object) -> list[Item]:
        """Return the rows with these values."""
        return [
            item
            for item in self._items
            if all(item[name] == value for name, value in wanted.items())
        ]

    def first(self, **wanted: object) -> Item | None:
        """Return the first row with these values."""
        return next(iter(self.all(**wanted)), None)
