from llmops.guard.normalise.automata import automaton


def test_all_texts_are_found_also_where_they_overlap() -> None:
    found = automaton([b"abc", b"bc"]).find_matches_as_indexes(b"xabc", overlapping=True)
    assert sorted(found) == [(0, 1, 4), (1, 2, 4)]


def test_very_many_texts_are_found_by_a_smaller_automaton() -> None:
    many = [f"phrase number {n:06}".encode() for n in range(30_000)]
    assert automaton(many).find_matches_as_indexes(b"a phrase number 012345!", overlapping=True) == [(12_345, 2, 22)]
