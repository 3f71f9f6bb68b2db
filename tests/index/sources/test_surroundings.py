"""What sources ask of the settings."""

from pathlib import Path

import pytest

from llmops.core.errors import SettingsError
from llmops.core.settings import Connection
from llmops.index.sources.surroundings import Surroundings

WHERE = Surroundings(
    Path(),
    {
        "crm": Connection(url="sqlite:///crm.db"),
        "far": Connection(url_env="FAR_URL", key_env="FAR_KEY"),
        "no": Connection(),
    },
)


def test_an_address_is_written_out_or_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WHERE.address("crm", "sql") == ("sqlite:///crm.db", WHERE.connections["crm"])
    monkeypatch.setenv("FAR_URL", "https://far.example")
    monkeypatch.setenv("FAR_KEY", "k")
    url, connection = WHERE.address("far", "http")
    assert (url, WHERE.secret("far", connection)) == ("https://far.example", "k")
    assert WHERE.secret("crm", WHERE.connections["crm"]) == ""
    assert "crm.db" not in repr(WHERE)


def test_what_is_not_there_is_said_with_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAR_URL", raising=False)
    monkeypatch.delenv("FAR_KEY", raising=False)
    for name, message, hint in [
        ("crn", r"sql\.connection: crn, and llmops\.toml has no \[connections\.crn\]", "Did you mean 'crm'?"),
        ("no", r"connections\.no has no url", 'Write url = "…"'),
        ("far", r"connections\.far\.url_env names FAR_URL, which is not set", "export FAR_URL=…"),
    ]:
        with pytest.raises(SettingsError, match=message) as caught:
            WHERE.address(name, "sql")
        assert caught.value.hint.startswith(hint)
    with pytest.raises(SettingsError, match="FAR_KEY, which is not set"):
        WHERE.secret("far", WHERE.connections["far"])
