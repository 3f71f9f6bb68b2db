"""Level L4: sources are read again, whatever their times say."""

import os

from tests.support.indexes import Library


def test_a_change_that_kept_time_and_size_is_found(library: Library) -> None:
    library.write({"a.txt": "one text", "b.txt": "two texts", "c.txt": "three texts"}).sync()
    path = library.root / "docs/a.txt"
    before = path.stat()
    with path.open("r+b") as file:  # the same inode
        file.write(b"One")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert library.plan().is_empty
    assert library.verify().sound
    library.remove("b.txt")
    library.write({"d.txt": "a new one"})
    found = library.verify(sources=True)
    assert found.sources is not None
    assert (found.sources.changed, found.sources.new, found.sources.gone, found.sources.unreadable) == (1, 1, 1, 0)
    assert (found.is_intact, found.sound) == (True, False)
    assert "not in step with its sources: 1 changed, 1 new, 1 gone, 0 unreadable" in found.in_words()
    assert "llmops index sync docs" in found.in_words()
    assert found.sources.examples == ("docs/a.txt", "docs/b.txt", "docs/d.txt")


def test_sources_that_are_as_they_were_are_no_finding(library: Library) -> None:
    library.write({"a.txt": "one text", "b.txt": "two texts"}).sync()
    rows = library.rows()
    found = library.verify(sources=True)
    assert (found.sound, found.sources is not None and found.sources.documents) == (True, 2)
    assert library.rows() == rows


def test_a_document_that_cannot_be_read_is_told(library: Library) -> None:
    library.write({"a.txt": "one text", "b.txt": b"\xff\xfe\xff\xff\xff"}).sync()
    found = library.verify(sources=True)
    assert found.sources is not None
    assert (found.sources.unreadable, found.sources.examples, found.sound) == (1, ("docs/b.txt",), False)
