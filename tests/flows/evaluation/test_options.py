"""Options: what is meant where nothing is said."""

from llmops.flows.evaluation.options import EvalOptions


def test_unsaid_the_whole_suite_is_asked_of_its_own_target() -> None:
    options = EvalOptions()
    assert (options.target, options.model, options.repeats, options.limit, options.compare) == (None,) * 5
    assert options.use_cache
