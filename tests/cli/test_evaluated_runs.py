"""Evaluations that are compared on the command line; how the tables look is told in test_runs."""

from pathlib import Path

import pytest

from llmops.cli.evaluated_runs import compare_evaluations, plot_suite
from llmops.core.errors import InputError, NotFound


def test_a_page_is_about_two_runs() -> None:
    with pytest.raises(InputError, match="a page compares two runs") as caught:
        compare_evaluations(["a", "b", "c"], [Path("page.html")], as_json=False)
    assert "BASELINE CANDIDATE -o difference.html" in (caught.value.hint or "")


def test_a_suite_without_runs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "llmops.toml").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="suite 'docs' has no finished run") as caught:
        plot_suite("docs", [], None, 30, None, as_json=False)
    assert caught.value.hint == "llmops eval docs"
