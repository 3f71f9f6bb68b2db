"""The table `[log]`."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.core.settings import load_settings


def test_texts_are_kept_after_redaction_and_for_good(tmp_path: Path) -> None:
    log = load_settings(tmp_path, {}).log
    assert (log.text, log.redact, log.retention) == ("redacted", "", "")


@pytest.mark.parametrize(("line", "problem"), [('text = "raw"', "log.text"), ('retention = "soon"', "no duration")])
def test_what_cannot_be_meant_is_told_with_its_line(tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / "llmops.toml").write_text(f"[log]\n{line}\n")
    with pytest.raises(InvalidFile, match=problem):
        load_settings(tmp_path, {})
