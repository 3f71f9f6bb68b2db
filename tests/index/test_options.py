"""What a sync may do unasked."""

from llmops.index.options import A_PLAIN_SYNC, SyncOptions


def test_a_plain_sync_builds_spends_and_undoes_nothing_unasked() -> None:
    assert SyncOptions(confirm_deletes=False, build=False, budget=None, resume=False, force=False) == A_PLAIN_SYNC
