"""Reports are tried on one workspace."""

from tests.support.monitor_reports import gathered, watched_shop

__all__ = ["gathered", "watched_shop"]
