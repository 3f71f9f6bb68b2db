"""A sample is the same for everybody."""

from llmops.monitor.sampling import is_sampled


def test_a_share_of_all_and_always_the_same() -> None:
    ids = [f"reply-{n}" for n in range(4_000)]
    chosen = {one for one in ids if is_sampled(one, 0.05)}
    assert 150 < len(chosen) < 250
    assert chosen == {one for one in ids if is_sampled(one, 0.05)} <= {one for one in ids if is_sampled(one, 0.2)}
    assert all(is_sampled(one, 1.0) for one in ids)
