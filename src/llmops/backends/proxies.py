"""What every session of ours needs besides aiohttp: the environment's proxy, and an end for sessions that were forgotten."""

import asyncio
import urllib.request

import aiohttp
from yarl import URL


def find_proxy(url: URL) -> str | None:
    """The proxy that the environment names for an address."""
    if urllib.request.proxy_bypass(url.host or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def close_forgotten(session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop) -> None:
    """Close a session whose client is gone, or at exit, so that nobody is told of an unclosed one."""
    if loop.is_running() and not session.closed:
        asyncio.run_coroutine_threadsafe(session.close(), loop)
