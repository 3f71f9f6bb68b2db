from llmops.guard.attack.samples import KINDS, KNOWN, MOST_PHRASES, Sample, samples_for
from llmops.guard.policy import Policy


def test_a_policys_own_phrases_come_first_evenly_from_the_whole_list() -> None:
    phrases = [f"phrase number {number}" for number in range(50)]
    policy = Policy.from_mapping({"input": ["pii"], "output": [{"phrases": {"phrases": phrases}}]})
    samples = samples_for(policy.spec, ["mine"])
    own = [sample.bad for sample in samples if sample.kind == "phrase"]
    assert len(own) <= MOST_PHRASES
    assert own[:2] == ["phrase number 0", "phrase number 3"]
    assert samples[-1] == Sample("own", "mine")


def test_every_kind_has_texts_but_those_that_a_policy_brings() -> None:
    assert set(KNOWN) == set(KINDS) - {"phrase", "own"}
    assert all(len(set(texts)) >= 5 for texts in KNOWN.values())


def test_a_sample_stands_in_a_message() -> None:
    message = Sample("email", "bob@example.com").message
    start, end = message.span
    assert message.text[start:end] == "bob@example.com"
