"""Sources as configurations write them."""

import pytest
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.corpus import RagSpec, SourceSpec
from llmops.domain.noun import content_of
from llmops.domain.source_specs import KINDS

GIT: Json = {"files": "**/*.md", "connection": "handbook"}


def test_what_is_not_written_is_not_stored() -> None:
    assert content_of(SourceSpec(files="a")) == {"files": "a"}
    spec = SourceSpec.model_validate({"git": GIT})
    assert content_of(spec) == {"git": {"files": "**/*.md", "connection": "handbook", "ref": "HEAD"}}
    assert (spec.kind, spec.connection, SourceSpec(files="a").connection) == ("git", "handbook", "")
    assert RagSpec.model_validate_json(RagSpec(sources=(spec,)).model_dump_json()).sources == (spec,)


def test_each_kind_is_a_source() -> None:
    written: dict[str, Json] = {
        "files": "docs/**", "git": {"files": "**/*.md", "ref": "main"},
        "rows": {"files": "*.jsonl", "id": "id", "text": "text"},
        "sql": {"connection": "crm", "query": "select 1", "id": "id", "text": "body"},
        "http": {"pages": ["https://example.com/a"]}, "objects": {"connection": "docs", "files": "*"},
        "python": "a.b:c", "plugin": {"desk": {}},
    }  # fmt: skip
    assert tuple(written) == KINDS
    specs = [SourceSpec.model_validate({kind: value}) for kind, value in written.items()]
    assert tuple(spec.kind for spec in specs) == KINDS
    assert len({RagSpec(sources=(spec,)).fingerprint for spec in specs}) == len(KINDS)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "a source is one of files, git, rows, sql, http, objects, python, plugin; this one is none of them"),
        ({"sql": {}}, "sql"),
        ({"files": "a", "git": GIT}, "this one is files and git"),
        ({"python": "a.b:c", "exclude": ["x"]}, "exclude is for files"),
        ({"git": GIT, "gitignore": False}, "gitignore is for files"),
        ({"git": {"files": "*", "ref": "--upload-pack=x"}}, "should match pattern"),
        ({"git": {"files": "*", "repository": "../other"}}, "a folder below the workspace"),
        ({"git": {"files": "*", "repository": "a", "connection": "b"}}, "a repository or a connection"),
        ({"python": "no function"}, r"package\.module:function"),
        ({"http": {}}, "pages or a sitemap"),
        ({"http": {"pages": ["/a"]}}, "a path with a connection"),
        ({"http": {"pages": ["https://ada:pw@example.com"]}}, "holds no password"),
        (
            {"sql": {"connection": "c", "query": "q", "id": "a", "text": "b", "metadata": ["title"]}},
            "metadata cannot hold 'title'",
        ),
        ({"plugin": {"a": {}, "b": {}}}, "the name of one source"),
        ({"files": "a", "metadata": {"source": "x"}}, "metadata cannot set 'source'"),
    ],
)
def test_what_is_wrong_is_said(written: dict[str, Json], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSpec.model_validate(written)
