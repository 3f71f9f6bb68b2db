"""Canaries: sticky, uniform, the same everywhere, and growing without losing anybody."""

import math
import subprocess
import sys
from statistics import NormalDist

from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.names import Ref, parse_ref
from llmops.domain.artifact import Candidate
from llmops.flows.serving.canary import is_chosen, place_of

REF = parse_ref("app/docs@production")


def candidate(weight: float, digest: str = "sha256:1") -> Candidate:
    return Candidate(number=2, digest=digest, weight=weight, mode="canary")


def test_a_users_place_is_the_same_on_every_machine() -> None:
    assert place_of(REF, candidate(0.1), "u1") == 0.8403859051278737  # by sha256sum
    script = (
        "from llmops.core.names import parse_ref; from llmops.domain.artifact import Candidate; "
        "from llmops.flows.serving.canary import place_of; "
        "c = Candidate(number=9, digest='sha256:1', weight=0.7, mode='shadow'); "
        "print(repr(place_of(parse_ref('app/docs@production'), c, 'u1')))"
    )
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}
        )
        assert float(done.stdout) == place_of(REF, candidate(0.1), "u1")


def test_places_are_uniform() -> None:
    """The distance of the empirical from the uniform distribution stays below the bound of Dvoretzky, Kiefer, Wolfowitz
    and Massart at 1e-9; users are counted through, which is the least random that names can be."""
    n = 50_000
    places = sorted(place_of(REF, candidate(0.1), f"user-{number}") for number in range(n))
    distance = max(max(abs(place - i / n), abs(place - (i + 1) / n)) for i, place in enumerate(places))
    assert distance < math.sqrt(math.log(2 / 1e-9) / (2 * n))


@settings(max_examples=40, deadline=None)
@given(
    weight=st.floats(0.001, 1.0),
    name=st.text("abcdefgh", min_size=1, max_size=8),
    digest=st.text("0123456789abcdef", min_size=8, max_size=8),
    prefix=st.text(max_size=5),
)
def test_the_share_is_the_weight(weight: float, name: str, digest: str, prefix: str) -> None:
    """Within 6.1 standard deviations, which one test in a billion would miss."""
    n = 4000
    tried = candidate(weight, digest)
    chosen = sum(is_chosen(Ref("app", name, "production"), tried, f"{prefix}{number}") for number in range(n))
    spread = NormalDist().inv_cdf(1 - 5e-10) * math.sqrt(n * weight * (1 - weight))
    assert abs(chosen - n * weight) <= spread + 3


@settings(max_examples=200, deadline=None)
@given(key=st.text(min_size=1), narrow=st.floats(0.001, 1.0), wide=st.floats(0.001, 1.0))
def test_widening_keeps_everybody_who_was_in(key: str, narrow: float, wide: float) -> None:
    narrow, wide = sorted((narrow, wide))
    if is_chosen(REF, candidate(narrow), key):
        assert is_chosen(REF, candidate(wide), key)
    assert is_chosen(REF, candidate(wide), key) == is_chosen(REF, candidate(wide), key)
    assert is_chosen(REF, candidate(1.0), key)


def test_another_candidate_or_alias_meets_other_users() -> None:
    users = [f"user-{number}" for number in range(4000)]
    first = {user for user in users if is_chosen(REF, candidate(0.1), user)}
    for ref, tried in ((REF, candidate(0.1, "sha256:2")), (REF.at("staging"), candidate(0.1))):
        both = first & {user for user in users if is_chosen(ref, tried, user)}
        assert len(both) < 0.2 * len(first)


def test_without_a_key_each_call_is_drawn_anew() -> None:
    drawn = [is_chosen(REF, candidate(0.5), None) for _ in range(400)]
    assert 100 < sum(drawn) < 300
    assert is_chosen(REF, candidate(1.0), "") is True
