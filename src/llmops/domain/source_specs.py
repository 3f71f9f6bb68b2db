"""Where documents come from, as a RAG configuration says it: one kind of place for each source.

An artifact names places, settings define them: what is secret, or differs between machines, stands in `[connections.<name>]`.
"""

import re
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from llmops.core.hashing import Json
from llmops.domain.noun import Noun

KINDS: Final = ("files", "git", "sql", "http", "fsspec", "rows", "python", "plugin")
"""The kinds of sources; a source has exactly one of them."""

BUCKETS: Final = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "r2")
"""The schemes that an artifact may write out; other places, folders of a machine above all, are connections."""

Format: TypeAlias = Literal["md", "html", "txt", "csv", "pdf", "docx"]

_FUNCTION: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_TOLD_BY_CONFIGURATION: Final = frozenset({"source", "key", "line", "end_line", "page", "ordinal", "title", "headings"})


def _one_statement(query: str) -> str:
    bare = query.strip().rstrip(";").strip()
    if not re.match(r"(?:\(|select\b|with\b|values\b|table\b)", bare, re.IGNORECASE):
        raise ValueError("a query begins with SELECT or WITH")
    return bare


def _function(path: str) -> str:
    if not _FUNCTION.fullmatch(path):
        raise ValueError("write it as package.module:function")
    return path


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or any(ord(letter) <= 32 for letter in url):
        raise ValueError("it is no http or https address")
    if "@" in parts.netloc:
        raise ValueError("an address holds no user or password; use a connection with key_env")
    return parts._replace(fragment="").geturl()


def _bucket(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if "::" in url or scheme not in BUCKETS or not rest:
        raise ValueError(
            f"a place begins with {', '.join(f'{name}://' for name in BUCKETS[:4])} …; others are connections"
        )
    if "@" in rest.partition("/")[0] and scheme not in ("abfs", "abfss"):
        raise ValueError("a place holds no user or password; use a connection")
    return url.rstrip("/")


def _below(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    if not path or path.startswith(("/", "~")) or ".." in parts or re.match(r"[A-Za-z]:", path):
        raise ValueError("it is a folder below the workspace; write others as a connection")
    return path.rstrip("/")


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


class SqlSpec(_Place):
    """Rows of a query. `id` and `text` are columns of it, `version` one that changes with the text, `metadata` columns that
    are kept with each chunk, `cursor` one that only grows (a sync then asks only for rows from where the last one ended),
    `deleted` one that is true for rows to be removed."""

    connection: str
    query: Annotated[str, AfterValidator(_one_statement)]
    id: str
    text: str
    version: str | None = None
    metadata: tuple[str, ...] = ()
    cursor: str | None = None
    deleted: str | None = None
    full_every: str | None = None
    format: Format | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> "SqlSpec":
        if self.full_every and not self.cursor:
            raise ValueError("full_every says how often all rows are compared; without a cursor every sync does")
        return self


class HttpSpec(_Place):
    """Web pages: those written out, and those that sitemaps list; `include` and `exclude` are globs over the path."""

    pages: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    sitemaps: tuple[Annotated[str, AfterValidator(_address)], ...] = ()
    include: tuple[str, ...] = ()
    connection: str | None = None
    limit: int = Field(default=10_000, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _has_pages(self) -> "HttpSpec":
        if not (self.pages or self.sitemaps):
            raise ValueError("an http source has pages or sitemaps")
        return self


class FsspecSpec(_Place):
    """Objects of a store that fsspec knows (S3, Google Cloud Storage, Azure …) below `url`, or below a connection's."""

    glob: str
    url: Annotated[str, AfterValidator(_bucket)] | None = None
    connection: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "FsspecSpec":
        if bool(self.url) == bool(self.connection):
            raise ValueError("an fsspec source has either a url or a connection")
        return self


class RowsSpec(_Place):
    """Records of JSON lines, CSV or Parquet files, each a document; `id`, `text`, `version` and `metadata` name fields."""

    files: str
    id: str
    text: str
    version: str | None = None
    metadata: tuple[str, ...] = ()
    format: Format | None = None


class SourceSpec(_Place):
    """Where documents come from: one of the kinds, `exclude` globs over its keys, and `metadata` that all its documents have.

    `files` is a file glob below the workspace. Files that `.gitignore` names are left out, unless `gitignore` is false.
    """

    files: str | None = None
    exclude: tuple[str, ...] = ()
    gitignore: bool | None = None
    git: GitSpec | None = None
    sql: SqlSpec | None = None
    http: HttpSpec | None = None
    fsspec: FsspecSpec | None = None
    rows: RowsSpec | None = None
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
            raise ValueError(f"exclude is for files; leave rows out in {kinds[0]} itself")
        if self.plugin is not None and len(self.plugin) != 1:
            raise ValueError("plugin holds the name of one source and its arguments: {name: {…}}")
        reserved = sorted(_TOLD_BY_CONFIGURATION & (self.metadata or {}).keys())
        if reserved:
            raise ValueError(f"metadata cannot set {reserved[0]!r}, which says where a chunk stands")
        return self
