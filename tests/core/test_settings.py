"""Settings: layers, sources, and what is refused."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile, SettingsError
from llmops.core.settings import find_root, load_settings, seconds


def test_every_value_knows_its_source(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text('[models]\ndefault = "openai/gpt-4o-mini"\n')
    settings = load_settings(tmp_path, {"LLMOPS_VECTORS_KIND": "exact"}, {"store.url": "sqlite:///x.db"})
    by_key = {s.key: (s.value, s.source) for s in settings}
    assert by_key["models.default"] == ("openai/gpt-4o-mini", "llmops.toml")
    assert by_key["vectors.kind"] == ("exact", "environment LLMOPS_VECTORS_KIND")
    assert by_key["store.url"] == ("sqlite:///x.db", "argument")
    assert by_key["models.embedding"] == ("local/all-MiniLM-L6-v2", "default")


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    assert {s.source for s in load_settings(tmp_path, {})} == {"default"}


def test_an_unknown_key_names_file_line_and_nearest(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text('[store]\nurl = "sqlite:///a.db"\n[models]\ndefualt = "x"\n')
    with pytest.raises(InvalidFile, match=r"llmops\.toml:4: unknown key 'models\.defualt'") as raised:
        load_settings(tmp_path, {})
    assert raised.value.hint == "Did you mean 'default'?"


def test_a_wrong_type_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text("[connections.gateway]\nrpm = 0\n")
    with pytest.raises(InvalidFile, match=r"llmops\.toml:2: connections\.gateway\.rpm: .*greater than 0, not 0"):
        load_settings(tmp_path, {})


def test_broken_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").write_text("[store\n")
    with pytest.raises(InvalidFile, match=r"this is no TOML"):
        load_settings(tmp_path, {})


def test_a_misspelt_variable_is_no_silent_default(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LLMOPS_STORE_URI is no setting") as raised:
        load_settings(tmp_path, {"LLMOPS_STORE_URI": "x"})
    assert "LLMOPS_STORE_URL" in raised.value.hint


def test_a_wrong_variable_value_names_where_it_came_from(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"vectors\.kind = 'my store' from environment LLMOPS_VECTORS_KIND"):
        load_settings(tmp_path, {"LLMOPS_VECTORS_KIND": "my store"})


@pytest.mark.parametrize(("text", "value"), [("250ms", 0.25), ("10s", 10), ("1.5m", 90), ("14d", 14 * 86400)])
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


def test_a_duration_needs_a_unit() -> None:
    with pytest.raises(SettingsError, match="'10' is no duration"):
        seconds("10")


def test_the_root_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / "llmops.toml").touch()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert find_root(deep) == tmp_path.resolve()
    assert find_root(tmp_path.parent) == tmp_path.parent.resolve()
