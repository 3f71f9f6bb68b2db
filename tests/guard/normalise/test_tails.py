from llmops.guard.normalise.reading import Reading
from llmops.guard.normalise.tails import earliest


def last_word(reading: Reading) -> int:
    data = reading.small.data
    start = data.rfind(b" ") + 1
    return reading.small.span(start, len(data))[0] if start < len(data) else reading.end


def test_what_is_hidden_counts_where_it_reaches_the_end() -> None:
    assert earliest(Reading("one two"), last_word) == 4
    assert earliest(Reading("one two&#32;three"), last_word) == 4  # in the text as it stands, that is one word


def test_a_word_with_an_escape_may_be_the_end_of_what_stands_before_it() -> None:
    assert earliest(Reading("one two "), last_word) == 8
    assert earliest(Reading("one two &"), lambda reading: reading.text.find("two")) == 4
