"""Options become a question to the log."""

from pathlib import Path

import pytest

import llmops
from llmops.cli.log_options import wanted_of
from llmops.core.errors import InputError
from tests.support.served import plain as plain


def test_options_that_are_not_given_ask_for_nothing(plain: Path) -> None:
    with llmops.open(plain) as ws:
        assert wanted_of(ws, limit=3).model_dump(exclude_defaults=True) == {"limit": 3}
        wanted = wanted_of(ws, limit=1, app="plain@1", segment=["metadata.lang=de"], verdict="block", max_score=0.5)
        version = ws.store.versions.get("app", "plain", 1)
        assert version is not None
        assert (wanted.app, wanted.version, wanted.segments) == ("plain", version.digest, {"lang": "de"})
        assert (wanted.action, wanted.max_score) == ("block", 0.5)
        with pytest.raises(InputError, match="--verdict 'odd' is none of"):
            wanted_of(ws, limit=1, verdict="odd")
