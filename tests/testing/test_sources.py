"""All sources that come with llmops keep what the class promises."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from llmops.core.hashing import Json
from llmops.core.settings import Connection
from llmops.domain.corpus import SourceSpec
from llmops.domain.ports import Source, SourceItem
from llmops.index.sources.catalog import open_sources
from llmops.index.sources.surroundings import Surroundings
from llmops.testing.sources import SourceConformance
from tests.support.repositories import new_repository
from tests.support.site import Site, web_site


def made(root: Path, written: dict[str, Json], url: str = "") -> Source:
    (source,) = open_sources([SourceSpec.model_validate(written)], Surroundings(root, {"c": Connection(url=url)}))
    return source


class TestFiles(SourceConformance):
    moment = 1_000_000_000

    def open(self, root: Path) -> Source:
        return made(root, {"files": "*.md"})

    def write(self, root: Path, key: str, text: str) -> None:
        (root / key).write_text(text)
        self.moment += 1
        os.utime(root / key, (self.moment, self.moment))

    def remove(self, root: Path, key: str) -> None:
        (root / key).unlink()


class TestGit(SourceConformance):
    def open(self, root: Path) -> Source:
        return made(root, {"git": {"files": "*.md", "repository": "desk"}})

    def write(self, root: Path, key: str, text: str) -> None:
        new_repository(root / "desk").commit({key: text})

    def remove(self, root: Path, key: str) -> None:
        new_repository(root / "desk").commit({}, gone=(key,))


class TestRows(SourceConformance):
    keys = ("all.jsonl#a", "all.jsonl#b")

    def open(self, root: Path) -> Source:
        return made(root, {"rows": {"files": "*.jsonl", "id": "id", "text": "text"}})

    def _rows(self, root: Path) -> dict[str, str]:
        path = root / "rows"
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found

    def _save(self, root: Path, rows: dict[str, str]) -> None:
        (root / "rows").write_text(json.dumps(rows))
        lines = [json.dumps({"id": key, "text": text}) + "\n" for key, text in rows.items()]
        (root / "all.jsonl").write_text("".join(lines))

    def write(self, root: Path, key: str, text: str) -> None:
        self._save(root, {**self._rows(root), key.partition("#")[2]: text})

    def remove(self, root: Path, key: str) -> None:
        self._save(root, {other: text for other, text in self._rows(root).items() if other != key.partition("#")[2]})


class TestSql(SourceConformance):
    version: str | None = None

    def open(self, root: Path) -> Source:
        sql = {"connection": "c", "query": "SELECT * FROM notes", "id": "id", "text": "body", "version": self.version}
        return made(root, {"sql": sql}, "sqlite:///notes.db")

    def write(self, root: Path, key: str, text: str) -> None:
        self._run(root, "INSERT OR REPLACE INTO notes VALUES (?, ?, ?)", key, text, f"of {text}")

    def remove(self, root: Path, key: str) -> None:
        self._run(root, "DELETE FROM notes WHERE id = ?", key)

    def _run(self, root: Path, statement: str, *values: str) -> None:
        connection = sqlite3.connect(root / "notes.db", isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")  # rows are committed one by one
        connection.execute("CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, body TEXT, version TEXT)")
        connection.execute(statement, values)
        connection.close()


class TestSqlWithVersions(TestSql):
    version = "version"


class TestObjects(SourceConformance):
    @pytest.fixture(autouse=True)
    def _empty(self) -> Iterator[None]:
        memory = fsspec.filesystem("memory")
        memory.pipe("/conformance/.keep", b"")
        yield
        memory.rm("/conformance", recursive=True)

    def open(self, root: Path) -> Source:
        return made(root, {"objects": {"connection": "c", "files": "*.md"}}, "memory://conformance")

    def write(self, root: Path, key: str, text: str) -> None:
        fsspec.filesystem("memory").pipe(f"/conformance/{key}", text.encode())

    def remove(self, root: Path, key: str) -> None:
        fsspec.filesystem("memory").rm(f"/conformance/{key}")


class TestPython(SourceConformance):
    def open(self, root: Path) -> Source:
        name = f"desk_{root.name}"  # a module stays loaded
        (root / f"{name}.py").write_text(
            "import json, pathlib\n\n\ndef notes():\n    path = pathlib.Path(__file__).with_name('rows')\n"
            "    for key, text in json.loads(path.read_text()).items():\n        yield {'id': key, 'text': text}\n"
        )
        return made(root, {"python": f"{name}:notes"})

    def write(self, root: Path, key: str, text: str) -> None:
        (root / "rows").write_text(json.dumps({**self._rows(root), key: text}))

    def remove(self, root: Path, key: str) -> None:
        rows = self._rows(root)
        del rows[key]
        (root / "rows").write_text(json.dumps(rows))

    def _rows(self, root: Path) -> dict[str, str]:
        path = root / "rows"
        found: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return found


class TestHttp(SourceConformance):
    site: Site

    @pytest.fixture(autouse=True)
    def _running(self) -> Iterator[None]:
        with web_site() as site:
            type(self).site = site
            type(self).keys = (f"{site.url}/a.md", f"{site.url}/b.md")
            yield

    def open(self, root: Path) -> Source:
        return made(root, {"http": {"connection": "c", "pages": ["/b.md", "/a.md"]}}, self.site.url)

    def write(self, root: Path, key: str, text: str) -> None:
        self.site.put(key.removeprefix(self.site.url), text, "text/markdown", ETag=f'"{text}"')

    def remove(self, root: Path, key: str) -> None:
        del self.site.pages[key.removeprefix(self.site.url)]


class _Careless(TestFiles):
    """Lists the newest first, with the time as its token."""

    __test__ = False

    def open(self, root: Path) -> Source:
        source = super().open(root)

        class Backwards:
            name = source.name
            read = staticmethod(source.read)

            def items(self) -> Iterator[SourceItem]:
                for item in reversed(list(source.items())):
                    yield item._replace(token=str(time.monotonic_ns()))

        return Backwards()


def test_the_class_finds_a_source_that_lists_in_any_order_with_any_token(tmp_path: Path) -> None:
    for name in ("order", "token"):
        (tmp_path / name).mkdir()
    with pytest.raises(AssertionError, match=r"b\.md"):
        _Careless().test_documents_are_listed_in_order_and_read(tmp_path / "order")
    with pytest.raises(AssertionError, match=r"a\.md"):
        _Careless().test_an_unchanged_document_keeps_its_token(tmp_path / "token")
