"""Documents as hypothesis makes them up: Markdown, prose, code, tables, other scripts, odd white space."""

from hypothesis import strategies as st

_WORDS = st.sampled_from(
    [
        "one",
        "two",
        "longer-word",
        "e.g.",
        "3.14",
        "`code`",
        "unbelievable",
        "naïve",
        "日本語の文章",
        "a,b,c,d,e,f,g,h",
        "-",
        "x_y",
        "😀",
    ]
)
_SENTENCES = st.lists(_WORDS, min_size=1, max_size=12).map(lambda words: " ".join(words) + ".")
_BLOCKS = st.one_of(
    st.lists(_SENTENCES, min_size=1, max_size=5).map(" ".join),
    st.lists(_SENTENCES, min_size=1, max_size=4).map(lambda found: "\n".join(f"- {one}" for one in found)),
    st.tuples(st.integers(1, 4), _SENTENCES).map(lambda drawn: f"{'#' * drawn[0]} {drawn[1]}"),
    st.lists(_WORDS, max_size=6).map(lambda words: "```\n" + "\n".join(words) + "\n```"),
    st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=4).map(
        lambda rows: "\n".join(f"| {left} | {right} |" for left, right in rows)
    ),
    st.text("ab \n\t.#|`", max_size=30),
)


def documents() -> st.SearchStrategy[str]:
    """Texts of up to ten blocks."""
    return st.lists(_BLOCKS, max_size=10).map("\n\n".join)
