"""The order of units: drawn from a seed, by cluster, whatever the answers."""

from hypothesis import given
from hypothesis import strategies as st

from llmops.evals.betting.order import Order, seed_of
from tests.support.bets import clustered


@given(st.integers(1, 30), st.integers(1, 4), st.integers(0, 2**31))
def test_every_case_has_one_place_beside_its_cluster(clusters: int, each: int, seed: int) -> None:
    cases = clustered(clusters, each)
    order = Order(cases, seed)
    assert sorted(row for unit in order.units for row in unit) == list(range(len(cases)))
    assert all(len({cases[row].cluster for row in unit}) == 1 for unit in order.units)
    assert all(order.place[cases[row].id] == at for at, unit in enumerate(order.units) for row in unit)
    assert order.largest == each


def test_the_seed_draws_the_order() -> None:
    cases = clustered(40)
    assert Order(cases, 1).units == Order(cases, 1).units != Order(cases, 2).units


def test_runs_on_one_dataset_share_an_order() -> None:
    assert seed_of("sha256:" + "a" * 64) == seed_of("sha256:" + "a" * 64) != seed_of("sha256:" + "b" * 64)
