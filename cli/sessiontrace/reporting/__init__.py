"""From the rows of reports to the document of `analyze`: one section, one module.

Rows, shares and intervals come from SQL. Here they are chosen, put in order and named.
"""

from __future__ import annotations

from sessiontrace.reporting.document import analysis, tables_read
from sessiontrace.reporting.masking import is_personal, masked
from sessiontrace.reporting.run import as_given

__all__ = ["analysis", "as_given", "is_personal", "masked", "tables_read"]
