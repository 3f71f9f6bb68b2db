"""Where documents come from, as a RAG configuration says it: one kind of place for each source.

An artifact names places, settings define them: what is secret, or differs between machines, stands in `[connections.<name>]`.
"""

import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

KINDS: Final = ("files", "git", "rows", "sql", "http", "objects", "python", "plugin")
"""The kinds of sources; a source has exactly one of them."""

Format: TypeAlias = Literal["md", "html", "txt", "csv", "pdf", "docx"]

_FUNCTION: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")

RESERVED: Final = frozenset(
    {"source", "key", "line", "end_line", "page", "ordinal", "title", "headings", "parent", "lead", "start", "end"}
)
"""Keys of a chunk's metadata that neither a source nor a document may set: they say where it stands."""


def _function(path: str) -> str:
    if not _FUNCTION.fullmatch(path):
        raise ValueError("write it as package.module:function")
    return path


def _below(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    if not path or path.startswith(("/", "~")) or ".." in parts or re.match(r"[A-Za-z]:", path):
        raise ValueError("it is a folder below the workspace; write others as a connection")
    return path.rstrip("/")


def _allowed(names: tuple[str, ...]) -> tuple[str, ...]:
    taken = [name for name in names if name in RESERVED]
    if taken:
        raise ValueError(f"metadata cannot hold {taken[0]!r}, which says where a chunk stands; give it another name")
    return names


class _Place(Noun):
    @model_serializer(mode="wrap")
    def _without_what_is_not_set(self, write: SerializerFunctionWrapHandler) -> dict[str, Json]:
        """Leave out what says nothing, so that fingerprints made before a field was there stay what they are."""
        written: dict[str, Json] = write(self)
        return {name: value for name, value in written.items() if value is not None}


class GitSpec(_Place):
    """Files of a git repository as a ref has them. `repository` is a folder of the workspace, or a connection's `url` leads
    there; no work tree is needed."""

    files: str
    ref: str = Field(default="HEAD", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./@{}^~+-]*$")
    repository: Annotated[str, AfterValidator(_below)] | None = None
    connection: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "GitSpec":
        if self.repository and self.connection:
            raise ValueError("a git source has a repository or a connection, not both")
        return self


class RowsSpec(_Place):
    """Records of JSON lines, CSV or Parquet files, each a document; `id`, `text`, `version` and `metadata` name fields."""

    files: str
    id: str
    text: str
    version: str | None = None
    metadata: Annotated[tuple[str, ...], AfterValidator(_allowed)] = ()
    format: Format | None = None


class SqlSpec(_Place):
    """Rows of a query, each a document. `id`, `text`, `version` and `metadata` name its columns; `deleted` one that is set in
    rows that are to be left out.

    With `version`, whose value must change whenever text or metadata do, a sync reads ids, versions and metadata, and the texts
    of changed rows only; without it, all texts.
    """

    connection: str
    query: str
    id: str
    text: str
    version: str | None = None
    metadata: Annotated[tuple[str, ...], AfterValidator(_allowed)] = ()
    deleted: str | None = None
    format: Format | None = None


class HttpSpec(_Place):
    """Pages of the web: those that are named, and those that a sitemap lists below `below`.

    Addresses are whole (`https://…`), or paths from the `url` of a connection. Only addresses of that connection may be
    private ones.
    """

    pages: tuple[str, ...] = ()
    sitemap: str | None = None
    below: str = ""
    connection: str | None = None
    limit: int = Field(default=1000, ge=1, le=100_000)

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "HttpSpec":
        if not self.pages and self.sitemap is None:
            raise ValueError("an http source has pages or a sitemap")
        for address in (*self.pages, *([self.sitemap] if self.sitemap else [])):
            whole = address.startswith(("https://", "http://"))
            if not whole and (self.connection is None or not address.startswith("/")):
                raise ValueError(f"{address!r} is no address; write https://…, or a path with a connection")
            if re.match(r"https?://[^/]*@", address):
                raise ValueError("an address holds no password; put the key into a connection")
        return self


class ObjectsSpec(_Place):
    """Objects of a store that fsspec reaches (`s3://`, `gs://`, `memory://` …), below a connection's `url`."""

    files: str
    connection: str


class SourceSpec(_Place):
    """Where documents come from: one of the kinds, `exclude` globs over its keys, and `metadata` that all its documents have.

    `files` is a file glob below the workspace. Files that `.gitignore` names are left out, unless `gitignore` is false.
    """

    files: str | None = None
    exclude: tuple[str, ...] = ()
    gitignore: bool | None = None
    git: GitSpec | None = None
    rows: RowsSpec | None = None
    sql: SqlSpec | None = None
    http: HttpSpec | None = None
    objects: ObjectsSpec | None = None
    python: Annotated[str, AfterValidator(_function)] | None = None
    plugin: dict[str, Json] | None = None
    metadata: dict[str, Json] | None = None

    @property
    def kind(self) -> str:
        """What kind of place it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def connection(self) -> str:
        """The connection that it needs; empty where it needs none."""
        return str(getattr(getattr(self, self.kind), "connection", None) or "")

    @model_validator(mode="after")
    def _is_one_kind(self) -> "SourceSpec":
        kinds = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(
                f"a source is one of {', '.join(KINDS)}; this one is {' and '.join(kinds) or 'none of them'}"
            )
        if self.gitignore is not None and kinds != ["files"]:
            raise ValueError("gitignore is for files")
        if self.exclude and kinds[0] in ("sql", "python", "plugin"):
            raise ValueError(f"exclude is for files and pages; leave rows out in {kinds[0]} itself")
        if self.plugin is not None and len(self.plugin) != 1:
            raise ValueError("plugin holds the name of one source and its arguments: {name: {…}}")
        reserved = sorted(RESERVED & (self.metadata or {}).keys())
        if reserved:
            raise ValueError(f"metadata cannot set {reserved[0]!r}, which says where a chunk stands")
        return self
