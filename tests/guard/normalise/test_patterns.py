import pytest

from llmops.guard.normalise.patterns import compiled


def test_a_pattern_is_compiled_once_and_searches_bytes() -> None:
    assert compiled("a+") is compiled("a+")
    found = compiled("A+", ignore_case=True).search(b"xaab")
    assert found is not None
    assert found.span() == (1, 3)


def test_a_pattern_that_is_none_is_refused() -> None:
    import re2

    with pytest.raises(re2.error, match="missing"):
        compiled("(a")
