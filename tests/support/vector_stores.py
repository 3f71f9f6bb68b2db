"""What every vector store promises, as a class to inherit: name it `Test…` and say how to open yours."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmops.core.errors import InputError, VectorStoreError
from llmops.domain.ports import VectorStore

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

DIMENSION = 8


def unit_vectors(count: int, seed: int = 0) -> "Vectors":
    """Random directions."""
    import numpy as np

    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return vectors


def names(count: int) -> list[str]:
    """Ids."""
    return [f"c{number:05d}" for number in range(count)]


class VectorStoreConformance:
    """Inherit and define `open`."""

    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        """Open the store of a generation below a folder."""
        raise NotImplementedError

    def test_it_is_a_vector_store(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        assert isinstance(store, VectorStore)
        store.close()

    def test_an_empty_store_finds_nothing(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        assert store.search(unit_vectors(1)[0], 5) == []
        assert (store.count(), list(store.ids()), store.fetch(["a"])) == (0, [], {})
        store.upsert([], unit_vectors(0))
        store.delete(["a"])
        store.close()

    def test_the_nearest_come_first_with_their_cosine(self, tmp_path: Path) -> None:
        store, vectors = self.open(tmp_path), unit_vectors(300)
        store.upsert(names(300), vectors)
        query = unit_vectors(1, seed=1)[0]
        found = store.search(query, 10)
        expected = sorted(zip(names(300), (vectors @ query).tolist(), strict=True), key=lambda hit: -hit[1])[:10]
        assert [name for name, _ in found] == [name for name, _ in expected]
        assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in expected], abs=1e-5)
        assert store.search(vectors[7], 1)[0][0] == "c00007"
        assert len(store.search(query, 1000)) == 300
        assert store.search(query, 0) == []
        store.close()

    def test_what_is_written_is_there_after_opening_again(self, tmp_path: Path) -> None:
        import numpy as np

        store, vectors = self.open(tmp_path), unit_vectors(2500)
        store.upsert(names(2500), vectors)
        store.close()
        again = self.open(tmp_path)
        assert again.count() == 2500
        assert sorted(again.ids()) == names(2500)
        fetched = again.fetch(["c00003", "nobody", "c02400", "c00003"])
        assert sorted(fetched) == ["c00003", "c02400"]
        np.testing.assert_allclose(fetched["c02400"], vectors[2400], rtol=1e-5)
        assert fetched["c02400"].dtype == np.float32
        assert again.search(vectors[2400], 1)[0][0] == "c02400"
        again.close()

    def test_upserting_again_replaces(self, tmp_path: Path) -> None:
        import numpy as np

        store, old, new = self.open(tmp_path), unit_vectors(3), unit_vectors(3, seed=9)
        store.upsert(["a", "b", "c"], old)
        store.upsert(["b", "d", "b"], new)
        assert sorted(store.ids()) == ["a", "b", "c", "d"]
        np.testing.assert_allclose(store.fetch(["b"])["b"], new[2], rtol=1e-5)
        np.testing.assert_allclose(store.fetch(["a"])["a"], old[0], rtol=1e-5)
        assert store.search(new[2], 1)[0][0] == "b"
        store.close()

    def test_deleted_vectors_are_gone_and_unknown_ids_do_not_matter(self, tmp_path: Path) -> None:
        store, vectors = self.open(tmp_path), unit_vectors(1200)
        store.upsert(names(1200), vectors)
        store.delete([*names(1100), "nobody", "c00001"])
        assert sorted(store.ids()) == names(1200)[1100:]
        assert "c00000" not in {name for name, _ in store.search(vectors[0], 100)}
        store.delete(["c00000"])
        assert store.count() == 100
        store.close()

    def test_generations_are_apart(self, tmp_path: Path) -> None:
        one, other = self.open(tmp_path, "one"), self.open(tmp_path, "other")
        one.upsert(["a"], unit_vectors(1))
        assert (one.count(), other.count()) == (1, 0)
        one.close()
        other.close()
        assert sorted(folder.name for folder in tmp_path.iterdir()) == ["one", "other"]

    def test_two_openings_in_one_process_see_the_same(self, tmp_path: Path) -> None:
        writer, reader = self.open(tmp_path), self.open(tmp_path)
        writer.upsert(["a"], unit_vectors(1))
        assert reader.search(unit_vectors(1)[0], 1)[0][0] == "a"
        writer.close()
        assert reader.count() == 1
        reader.close()

    def test_vectors_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        import numpy as np

        store = self.open(tmp_path)
        with pytest.raises(VectorStoreError, match=r"2 ids came with vectors of shape \(1, 8\)"):
            store.upsert(["a", "b"], unit_vectors(1))
        with pytest.raises(VectorStoreError, match=r"shape \(1, 3\); this generation has dimension 8"):
            store.upsert(["a"], unit_vectors(1)[:, :3])
        with pytest.raises(VectorStoreError, match="not finite"):
            store.upsert(["a"], unit_vectors(1) * np.float32("nan"))
        with pytest.raises(VectorStoreError, match=r"(?s)query vector has shape \(3,\).*another embedding model"):
            store.search(unit_vectors(1)[0, :3], 1)
        assert store.count() == 0
        store.close()

    def test_opening_with_another_dimension_is_refused(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.upsert(["a"], unit_vectors(1))
        store.close()
        with pytest.raises(VectorStoreError, match=r"dimension"):
            self.open(tmp_path, dimension=DIMENSION + 1)
        again = self.open(tmp_path)
        assert again.count() == 1
        again.close()

    @pytest.mark.parametrize("name", ["", "..", "a/b", "/etc", "a b", ".hidden"])
    def test_names_that_lead_elsewhere_are_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot name a generation"):
            self.open(tmp_path, name)

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        with pytest.raises(VectorStoreError, match="cannot be created"):
            self.open(tmp_path / "file")

    def test_closing_twice_is_closing_once(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.close()
        store.close()
