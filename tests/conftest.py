"""Fixtures that more than one room uses; they are made in tests/support."""

import os
import signal

from hypothesis import settings

from tests.support.blobs import kept as kept
from tests.support.folders import open_folder as open_folder
from tests.support.models import services as services
from tests.support.postgres import pgvector_server as pgvector_server
from tests.support.postgres import postgres_server as postgres_server
from tests.support.postgres import postgres_url as postgres_url
from tests.support.stores import postgres_store_url as postgres_store_url
from tests.support.stores import sqlite_store as sqlite_store
from tests.support.stores import store as store
from tests.support.stores import store_url as store_url

# A shell that starts tests in the background has them ignore Ctrl-C, and their children too, to which tests send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A run that decides whether work lands draws the same examples every time; a developer's draws new ones. No test asserts a
# clock, hypothesis included: a busy machine is no defect.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
