"""What every source promises, as a class to inherit."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from llmops.core.errors import InputError, OutsideError
from llmops.domain.ports import Source, SourceItem


class SourceConformance:
    """Inherit, and define `open`, `write` and `remove`; `keys` are two documents in the order of their code points."""

    keys: tuple[str, str] = ("a.md", "b.md")

    def open(self, root: Path) -> Source:
        """Open the source of a place below `root`, as each sync does."""
        raise NotImplementedError

    def write(self, root: Path, key: str, text: str) -> None:
        """Put a document there, or change it."""
        raise NotImplementedError

    def remove(self, root: Path, key: str) -> None:
        """Take a document away."""
        raise NotImplementedError

    def test_documents_are_listed_in_order_and_read(self, tmp_path: Path) -> None:
        """Sorted by the code points of their keys, each once."""
        first, second = self.keys
        self.write(tmp_path, second, "two")
        self.write(tmp_path, first, "one")
        source = self.open(tmp_path)
        assert [item.key for item in source.items()] == [first, second]
        assert [source.read(key) for key in (first, second)] == [b"one", b"two"]
        assert [item.key for item in source.items()] == [first, second], "a listing can be had again"

    def test_an_unchanged_document_keeps_its_token(self, tmp_path: Path) -> None:
        """Else every sync reads it anew."""
        self.write(tmp_path, self.keys[0], "one")
        assert self._tokens(tmp_path) == self._tokens(tmp_path)

    def test_a_changed_document_has_another_token_and_the_others_have_not(self, tmp_path: Path) -> None:
        """Else a sync does not see the change."""
        first, second = self.keys
        self.write(tmp_path, first, "one")
        self.write(tmp_path, second, "two")
        before = self._tokens(tmp_path)
        self.write(tmp_path, first, "eno")
        after = self._tokens(tmp_path)
        assert after[first] != before[first]
        assert after[second] == before[second]
        assert self.open(tmp_path).read(first) == b"eno"

    def test_a_document_that_is_gone_is_not_listed(self, tmp_path: Path) -> None:
        """Its absence is what a sync deletes by."""
        first, second = self.keys
        self.write(tmp_path, first, "one")
        self.write(tmp_path, second, "two")
        self.remove(tmp_path, first)
        assert list(self._tokens(tmp_path)) == [second]
        source = self.open(tmp_path)
        with pytest.raises((InputError, OutsideError), match=r".") as caught:
            source.read(first)
        assert caught.value.hint

    def test_the_name_is_the_same_every_time(self, tmp_path: Path) -> None:
        """The name is part of chunk ids; a name with a time or an address of memory in it makes all of them new."""
        self.write(tmp_path, self.keys[0], "one")
        assert self.open(tmp_path).name == self.open(tmp_path).name

    def test_a_key_can_be_read_by_a_source_that_has_not_listed(self, tmp_path: Path) -> None:
        """Verification and citations read single documents."""
        self.write(tmp_path, self.keys[0], "one")
        assert self.open(tmp_path).read(self.keys[0]) == b"one"

    def _tokens(self, root: Path) -> dict[str, str]:
        items: Sequence[SourceItem] = list(self.open(root).items())
        return {item.key: item.token for item in items}
