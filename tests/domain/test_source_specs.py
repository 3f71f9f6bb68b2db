"""Sources as configurations write them."""

import pytest
from pydantic import ValidationError

from llmops.core.hashing import Json
from llmops.domain.corpus import RagSpec, SourceSpec
from llmops.domain.noun import content_of
from llmops.domain.source_specs import KINDS

SQL = {"connection": "crm", "query": "select id, body from notes;", "id": "id", "text": "body"}


def test_what_is_not_written_is_not_stored() -> None:
    assert content_of(SourceSpec(files="a")) == {"files": "a"}
    spec = SourceSpec.model_validate({"sql": SQL})
    assert content_of(spec) == {"sql": {**SQL, "query": "select id, body from notes"}}
    assert (spec.kind, spec.connection, SourceSpec(files="a").connection) == ("sql", "crm", "")
    assert RagSpec.model_validate_json(RagSpec(sources=(spec,)).model_dump_json()).sources == (spec,)


def test_each_kind_is_a_source() -> None:
    written: dict[str, Json] = {
        "files": "docs/**", "git": {"files": "**/*.md", "ref": "main"}, "sql": SQL,
        "http": {"sitemaps": ["https://example.org/sitemap.xml"]}, "fsspec": {"url": "s3://bucket/docs/", "glob": "*.md"},
        "rows": {"files": "*.jsonl", "id": "id", "text": "text"}, "python": "a.b:c", "plugin": {"desk": {}},
    }  # fmt: skip
    assert tuple(written) == KINDS
    specs = [SourceSpec.model_validate({kind: value}) for kind, value in written.items()]
    assert tuple(spec.kind for spec in specs) == KINDS
    assert len({RagSpec(sources=(spec,)).fingerprint for spec in specs}) == len(KINDS)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "this one is none of them"),
        ({"files": "a", "sql": SQL}, "this one is files and sql"),
        ({"sql": SQL, "exclude": ["x"]}, "exclude is for files"),
        ({"sql": SQL, "gitignore": False}, "gitignore is for files"),
        ({"sql": {**SQL, "query": "delete from notes"}}, "a query begins with SELECT or WITH"),
        ({"sql": {**SQL, "full_every": "1d"}}, "full_every says how often"),
        ({"git": {"files": "*", "ref": "--upload-pack=x"}}, "should match pattern"),
        ({"git": {"files": "*", "repository": "../other"}}, "a folder below the workspace"),
        ({"git": {"files": "*", "repository": "a", "connection": "b"}}, "a repository or a connection"),
        ({"http": {}}, "an http source has pages or sitemaps"),
        ({"http": {"pages": ["ftp://example.org/x"]}}, "no http or https address"),
        ({"http": {"pages": ["https://me:pw@example.org/x"]}}, "holds no user or password"),
        ({"fsspec": {"glob": "*"}}, "either a url or a connection"),
        ({"fsspec": {"url": "file:///etc", "glob": "*"}}, "a place begins with s3://"),
        ({"fsspec": {"url": "simplecache::s3://b", "glob": "*"}}, "others are connections"),
        ({"fsspec": {"url": "s3://key:secret@bucket", "glob": "*"}}, "no user or password"),
        ({"python": "no function"}, r"package\.module:function"),
        ({"plugin": {"a": {}, "b": {}}}, "the name of one source"),
        ({"files": "a", "metadata": {"source": "x"}}, "metadata cannot set 'source'"),
    ],
)
def test_what_is_wrong_is_said(written: dict[str, Json], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SourceSpec.model_validate(written)
