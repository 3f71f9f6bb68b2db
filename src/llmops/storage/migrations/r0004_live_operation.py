"""Revision 0004: live operation, room by room.

Frozen once released: it describes what the database looked like then, so it never imports the tables of today.
"""

from collections.abc import Sequence

from llmops.storage.migrations.parts_0004 import alerts, blobs, monitors

revision = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create what is new."""
    alerts.create()
    monitors.create()
    blobs.create()


def downgrade() -> None:
    """Drop it."""
    blobs.drop()
    monitors.drop()
    alerts.drop()
