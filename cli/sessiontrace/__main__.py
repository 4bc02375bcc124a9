"""`python -m sessiontrace`."""

from __future__ import annotations

from sessiontrace.app import main

if __name__ == "__main__":
    main()
