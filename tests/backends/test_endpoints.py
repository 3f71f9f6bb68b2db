"""Model strings, connections and environment become an endpoint; secrets stay out of everything that can be read."""

from collections.abc import Callable

import pytest

from llmops.backends.endpoints import PROVIDERS, Endpoint, find_endpoint
from llmops.core.errors import ModelError, SettingsError
from llmops.core.settings import Settings

SettingsWith = Callable[[str], Settings]
SECRET = "sk-planted-0123456789"


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in PROVIDERS.values():
        for variable in (*provider.key_env, *provider.base_env):
            monkeypatch.delenv(variable, raising=False)


def test_a_known_provider(settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    endpoint = find_endpoint("openai/gpt-4o-mini", settings_with(""))
    assert (endpoint.api_base, endpoint.name) == ("https://api.openai.com/v1", "gpt-4o-mini")
    assert endpoint.key() == SECRET
    assert endpoint.priced


def test_the_environment_may_move_a_provider(settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    assert find_endpoint("openai/m", settings_with("")).api_base == "http://127.0.0.1:9/v1"


def test_a_connection(settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOUSE_KEY", SECRET)
    settings = settings_with(
        '[connections.house]\napi_base = "http://h:1/v1"\nkey_env = "HOUSE_KEY"\ntimeout = "5s"\nrpm = 10\ntpm = 1000\n'
        '[connections.house.headers]\nX-Team = "blue"'
    )
    endpoint = find_endpoint("house/org/model", settings)
    assert (endpoint.name, endpoint.timeout, endpoint.rpm, endpoint.tpm) == ("org/model", 5.0, 10, 1000)
    assert endpoint.key() == SECRET
    assert endpoint.headers == {"X-Team": "blue"}
    assert not endpoint.priced


def test_a_connection_may_adjust_a_provider(settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    endpoint = find_endpoint("openai/m", settings_with('[connections.openai]\ntimeout = "300s"'))
    assert (endpoint.api_base, endpoint.timeout, endpoint.key()) == ("https://api.openai.com/v1", 300, SECRET)


def test_a_providers_key_goes_to_no_other_address(settings_with: SettingsWith, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    endpoint = find_endpoint("openai/m", settings_with('[connections.openai]\napi_base = "http://elsewhere/v1"'))
    assert endpoint.key() is None


def test_a_missing_key_is_named(settings_with: SettingsWith) -> None:
    endpoint = find_endpoint("groq/m", settings_with(""))
    with pytest.raises(ModelError, match=r"(?s)GROQ_API_KEY is not set.*export GROQ_API_KEY="):
        endpoint.key()


def test_a_connection_without_address(settings_with: SettingsWith) -> None:
    with pytest.raises(SettingsError, match=r"connections\.house\.api_base is not set"):
        find_endpoint("house/m", settings_with('[connections.house]\ntimeout = "5s"'))


@pytest.mark.parametrize("address", ["localhost:8000/v1", "ftp://h/v1", "http://"])
def test_an_address_that_is_none(address: str, settings_with: SettingsWith) -> None:
    with pytest.raises(SettingsError, match="is no http or https address"):
        find_endpoint("house/m", settings_with(f'[connections.house]\napi_base = "{address}"'))


def test_secrets_are_in_no_repr_address_or_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K", SECRET)
    endpoint = Endpoint(
        model="house/m",
        provider="house",
        name="m",
        api_base="http://user:passw0rd@h:1/v1?token=tok3n-tok3n",
        key_env=("K",),
        headers={"X-Auth": "Bearer header-secret-1"},
    )
    said = endpoint.hide(f"bad {SECRET}, header-secret-1, passw0rd, token=tok3n-tok3n")
    for text in (repr(endpoint), endpoint.address, said):
        for secret in (SECRET, "header-secret-1", "passw0rd", "tok3n-tok3n"):
            assert secret not in text
    assert endpoint.address == "http://h:1/v1"


def test_what_a_server_says_becomes_one_short_line() -> None:
    endpoint = Endpoint(model="h/m", provider="h", name="m", api_base="http://h")
    assert endpoint.hide("a\r\nb\x1b[31mc") == "a b [31mc"
    assert len(endpoint.hide("x" * 1000)) == 300
