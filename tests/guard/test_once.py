"""Who stands further out guards; that is known on every loop and thread that follows."""

from llmops.core.bridge import run_sync
from llmops.guard.once import is_looking, looking


async def asked(digest: str) -> bool:
    return is_looking(digest)


def test_a_policy_looks_as_long_as_the_request_lasts() -> None:
    with looking("sha256:a"):
        assert is_looking("sha256:a")
        assert run_sync(asked("sha256:a"))  # on the background loop, too
        assert not is_looking("sha256:b")
        with looking("sha256:b"):
            assert is_looking("sha256:a")
            assert is_looking("sha256:b")
    assert not is_looking("sha256:a")
