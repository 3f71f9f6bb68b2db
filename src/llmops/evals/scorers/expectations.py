"""Reading what a case expects: acceptable answers, and relevant documents with their grades."""

from collections.abc import Mapping

from llmops.core.errors import InputError
from llmops.core.hashing import Json


def accepted_texts(expectations: Mapping[str, Json], key: str) -> tuple[str, ...]:
    """The acceptable texts under `expectations.<key>`: one text, or a list of which any will do; none if it is missing.

    Numbers count as they are written.

    Raises:
        InputError: there is something else than texts and numbers.
    """
    found = expectations.get(key)
    if found is None:
        return ()
    texts = found if isinstance(found, (list, tuple)) else (found,)
    for text in texts:
        if isinstance(text, bool) or not isinstance(text, (str, int, float)):
            raise InputError(
                f"expectations.{key} has {text!r}, which is no text",
                hint=f"Write expectations.{key} as a text or a list of texts.",
            )
    return tuple(str(text) for text in texts)


def relevant_grades(expectations: Mapping[str, Json]) -> dict[str, float]:
    """The relevant ids under `expectations.relevant` with their grades: a list (grade 1 each), or a map id to grade.

    Raises:
        InputError: there is something else, such as a negative grade.
    """
    found = expectations.get("relevant")
    if found is None:
        return {}
    if isinstance(found, str):
        return {found: 1.0}
    if isinstance(found, (list, tuple)) and all(isinstance(name, str) for name in found):
        return dict.fromkeys(found, 1.0)
    if isinstance(found, dict) and all(_is_grade(grade) for grade in found.values()):
        return {str(name): float(grade) for name, grade in found.items()}
    raise InputError(
        f"expectations.relevant is {found!r}",
        hint="Write a list of document keys or context ids, or a map from them to grades of 0 or more.",
    )


def _is_grade(grade: Json) -> bool:
    return isinstance(grade, (int, float)) and not isinstance(grade, bool) and 0 <= grade < float("inf")
