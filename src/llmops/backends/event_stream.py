"""Server-sent events: the texts in a stream of bytes, as https://html.spec.whatwg.org/#event-stream-interpretation says."""

from collections.abc import AsyncIterator
from typing import Final, Protocol

END: Final = "[DONE]"  # how services in the OpenAI shape end
_LONGEST_LINE: Final = 16 * 2**20


class Bytes(Protocol):
    """A stream of bytes."""

    def iter_any(self) -> AsyncIterator[bytes]:
        """Whatever has come, again and again."""
        ...


async def read_events(stream: Bytes) -> AsyncIterator[str]:
    """The `data` of each event, lines joined; other fields and comments are left out, and `[DONE]` ends."""
    data: list[str] = []
    async for line in _lines(stream):
        if not line:
            if data:
                text = "\n".join(data)
                data = []
                if text.strip() == END:
                    return
                yield text
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
    if data and "\n".join(data).strip() != END:
        yield "\n".join(data)


async def _lines(stream: Bytes) -> AsyncIterator[str]:
    """Lines that end with CR, LF or both."""
    rest = b""
    async for chunk in stream.iter_any():
        rest += chunk
        if len(rest) > _LONGEST_LINE:
            yield rest.decode("utf-8", "replace")
            return
        whole, rest = _cut(rest)
        for line in whole:
            yield line
    for last in rest.splitlines():
        yield last.decode("utf-8", "replace")


def _cut(held: bytes) -> tuple[list[str], bytes]:
    """The lines that have ended, and what has not; a CR at the very end may be half of a CR LF."""
    end = max(held.rfind(b"\n"), held.rfind(b"\r", 0, len(held) - 1))
    if end < 0:
        return [], held
    body = held[: end + 1].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return [line.decode("utf-8", "replace") for line in body[:-1].split(b"\n")], held[end + 1 :]
