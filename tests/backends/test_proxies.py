"""The environment's proxy, and sessions that were forgotten."""

import asyncio

import aiohttp
import pytest
from yarl import URL

from llmops.backends.proxies import close_forgotten, find_proxy


def test_the_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert find_proxy(URL("https://a.example/x")) is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "b.example")
    assert find_proxy(URL("https://a.example/x")) == "http://proxy.example:3128"
    assert find_proxy(URL("http://a.example/x")) is None
    assert find_proxy(URL("https://b.example/x")) is None
    monkeypatch.setenv("all_proxy", "http://other.example:3128")
    assert find_proxy(URL("http://a.example/x")) == "http://other.example:3128"


def test_a_forgotten_session_is_closed_on_its_loop() -> None:
    async def forget() -> bool:
        session = aiohttp.ClientSession()
        close_forgotten(session, asyncio.get_running_loop())
        while not session.closed:
            await asyncio.sleep(0)
        close_forgotten(session, asyncio.get_running_loop())
        return session.closed

    assert asyncio.run(forget())
