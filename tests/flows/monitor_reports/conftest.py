"""Reports are tried on one workspace."""

from tests.support.monitor_reports import gathered, mixed, watched_shop

__all__ = ["gathered", "mixed", "watched_shop"]
