"""Files of other tools that are YAML front matter and a body: Prompty and Dotprompt."""

import re
from dataclasses import dataclass
from typing import Final

from llmops.text.yaml import YamlDocument, parse_yaml

_FENCE: Final = re.compile(r"^---[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The YAML of a file, always a map, and its body with the line on which it begins."""

    document: YamlDocument
    body: str
    body_line: int


def split(text: str, shown: str) -> FrontMatter:
    """Cut a file into front matter and body; one without front matter is all body.

    Raises:
        InvalidFile: the front matter never ends, or is no YAML map.
    """
    opening = _FENCE.match(text.lstrip("\n"))
    if opening is None:
        return FrontMatter(YamlDocument(shown, {}, {}), text, 1)
    skipped = len(text) - len(text.lstrip("\n"))
    start = skipped + opening.end() + 1
    closing = _FENCE.search(text, start)
    document = YamlDocument(shown, {}, {(): 1})
    if closing is None:
        raise document.error((), "the front matter has no end", hint="Close it with a line `---`.")
    document = parse_yaml(text[start : closing.start()], shown, first_line=skipped + 2)
    if document.data is None:
        document = document.with_data({})
    if not isinstance(document.data, dict):
        raise document.error((), "the front matter is no map", hint="Write lines such as `name: greeting`.")
    return FrontMatter(document, text[closing.end() + 1 :], text.count("\n", 0, closing.end()) + 2)
