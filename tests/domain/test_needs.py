"""Who needs a generation: by its configuration, and by what an app is pinned to."""

from llmops.backends.hashed import HashEmbedder
from llmops.domain.needs import Needs
from llmops.index.generations import new_generation
from tests.support.corpora import NOW
from tests.support.indexes import SPEC


def test_those_who_need_a_generation_are_named_once() -> None:
    one = new_generation("docs", SPEC, HashEmbedder(64), "exact", NOW).model_copy(update={"uid": "abc"})
    needs = Needs(
        {one.fingerprint: ("rag/docs.yaml", "app/docs@production")},
        held=frozenset([one.fingerprint]),
        pins={
            "abc": {7: ("app/docs@production",), 3: ("app/help@production", "app/docs@staging")},
            "other": {1: ("x",)},
        },
    )
    assert needs.of(one) == ("rag/docs.yaml", "app/docs@production", "app/help@production", "app/docs@staging")
    assert (needs.is_active(one), Needs({}).is_active(one)) == (True, False)
    assert needs.first_pin(one) == (3, "app/help@production, app/docs@staging")
    assert Needs({}).first_pin(one) is None
