"""Bets as a report keeps them."""

from llmops.domain.betting import Betting, Wager


def test_bets_survive_the_store() -> None:
    wager = Wager(
        question="contains ≥ 0.9", outcome="pass", units=3, needed=(20, 20), capital=(21.5, 0.2), at=(1, 2, 3)
    )
    betting = Betting(
        seed=7, decided=True, units=3, of_units=9, cases=3, of_cases=9, answers=4, of_answers=9, wagers=(wager,)
    )
    assert Betting.model_validate(betting.model_dump(mode="json")) == betting
