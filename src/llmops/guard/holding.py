"""Who holds a policy and follows it: an alias that moves, an app that is rolled back."""

from typing import Protocol, runtime_checkable

from llmops.guard.policy import Policy


class Holder(Protocol):
    """What holds a policy and follows it: `ws.guard(ref)`, `ws.app(ref).policy`."""

    @property
    def policy(self) -> Policy:
        """The version that checks now; this may take as long as a look-up."""
        ...


@runtime_checkable
class AsyncHolder(Protocol):
    """A holder that can be asked on an event loop."""

    async def apolicy(self) -> Policy:
        """`policy`, while the loop goes on."""
        ...


def current(holder: Policy | Holder) -> Policy:
    """The version that checks now."""
    return holder if isinstance(holder, Policy) else holder.policy


async def acurrent(holder: Policy | Holder) -> Policy:
    """`current`, for async code: whatever a look-up takes, the loop goes on."""
    if isinstance(holder, Policy):
        return holder
    if isinstance(holder, AsyncHolder):
        return await holder.apolicy()
    from llmops.core.bridge import to_thread

    return await to_thread(current, holder)
