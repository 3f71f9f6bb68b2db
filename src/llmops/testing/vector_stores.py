"""What every vector store promises, as a class to inherit."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmops.core.errors import InputError, VectorStoreError
from llmops.core.hashing import Json
from llmops.domain.filters import admits, wanted
from llmops.domain.ports import VectorStore

if TYPE_CHECKING:
    from llmops.domain.ports import Vectors

DIMENSION: Final = 8
UNUSUAL: Final = ["ä", "日本", "a b", "a'b", 'a"b', "a\\b", "%_", "a/b", "x" * 500, "1", "$in", "NULL", "{}", "#", "\t"]

_VALUES: Final = st.one_of(
    st.sampled_from(["a", "b", "1", "true", "", "x" * 400, "'; --", "\N{SNOWMAN}"]),
    st.sampled_from([0, 1, 2, 2**53, 2**53 + 1, -1]),
    st.sampled_from([0.0, 1.0, 0.1, -0.0]),
    st.booleans(),
)
_KEYS: Final = st.sampled_from(["tenant", "lang", "a.b", "$or", "k" * 300, "key"])
_METADATA: Final = st.dictionaries(_KEYS, _VALUES, max_size=3)
_FILTERS: Final = st.dictionaries(_KEYS, st.one_of(_VALUES, st.lists(_VALUES, max_size=3)), min_size=1, max_size=2)


def unit_vectors(count: int, seed: int = 0) -> "Vectors":
    """Random directions."""
    import numpy as np

    drawn = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    vectors: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return vectors


def names(count: int) -> list[str]:
    """Ids."""
    return [f"c{number:05d}" for number in range(count)]


class OpenedStore:
    """Inherit and define `open`; and `elsewhere`, if other processes can open the store too."""

    def open(self, path: Path, name: str = "g1", dimension: int = DIMENSION) -> VectorStore:
        """Open the store of a generation; the same path and name are the same store."""
        raise NotImplementedError

    def elsewhere(self, path: Path) -> str:
        """Python statements that open the store of `path` as `store` in another process; empty if none can."""
        return ""


class KeptVectors(OpenedStore):
    """Vectors are found, replaced and removed."""

    def test_it_is_a_vector_store(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        assert isinstance(store, VectorStore)
        store.close()

    def test_an_empty_store_finds_nothing(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        assert store.search(unit_vectors(1)[0], 5) == []
        assert store.search(unit_vectors(1)[0], 5, {"tenant": "a"}) == []
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

    def test_equal_similarities_come_in_the_order_of_ids(self, tmp_path: Path) -> None:
        store, vector = self.open(tmp_path), unit_vectors(1)
        store.upsert(["b", "d", "a", "c"], vector.repeat(4, axis=0))
        assert [name for name, _ in store.search(vector[0], 4)] == ["a", "b", "c", "d"]
        store.close()

    def test_upserting_again_replaces(self, tmp_path: Path) -> None:
        import numpy as np

        store, old, new = self.open(tmp_path), unit_vectors(3), unit_vectors(3, seed=9)
        store.upsert(["a", "b", "c"], old)
        for _ in range(2):
            store.upsert(["b", "d", "b"], new)
        assert sorted(store.ids()) == ["a", "b", "c", "d"]
        np.testing.assert_allclose(store.fetch(["b"])["b"], new[2], rtol=1e-5)
        np.testing.assert_allclose(store.fetch(["a"])["a"], old[0], rtol=1e-5)
        assert store.search(new[2], 1)[0][0] == "b"
        store.close()

    def test_deleted_vectors_are_gone_and_unknown_ids_do_not_matter(self, tmp_path: Path) -> None:
        store, vectors = self.open(tmp_path), unit_vectors(1200)
        store.upsert(names(1200), vectors)
        for _ in range(2):
            store.delete([*names(1100), "nobody", "c00001"])
        assert sorted(store.ids()) == names(1200)[1100:]
        assert "c00000" not in {name for name, _ in store.search(vectors[0], 100)}
        store.delete(["c00000"])
        assert store.count() == 100
        store.close()

    def test_vectors_that_do_not_fit_are_refused(self, tmp_path: Path) -> None:
        import numpy as np

        store = self.open(tmp_path)
        with pytest.raises(VectorStoreError, match=r"2 ids came with vectors of shape \(1, 8\)"):
            store.upsert(["a", "b"], unit_vectors(1))
        with pytest.raises(VectorStoreError, match=r"shape \(1, 3\); this generation has dimension 8"):
            store.upsert(["a"], unit_vectors(1)[:, :3])
        with pytest.raises(VectorStoreError, match="not finite"):
            store.upsert(["a"], unit_vectors(1) * np.float32("nan"))
        with pytest.raises(VectorStoreError, match=r"(?s)1 ids came with metadata for 2.*a mapping for each id"):
            store.upsert(["a"], unit_vectors(1), [{}, {}])
        with pytest.raises(VectorStoreError, match=r"(?s)query vector has shape \(3,\).*another embedding model"):
            store.search(unit_vectors(1)[0, :3], 1)
        assert store.count() == 0
        store.close()


class KeptApart(OpenedStore):
    """Openings, generations and processes see what they should, and nothing else."""

    def test_what_is_written_is_there_after_opening_again(self, tmp_path: Path) -> None:
        import numpy as np

        store, vectors = self.open(tmp_path), unit_vectors(2500)
        store.upsert(names(2500), vectors, [{"half": number % 2} for number in range(2500)])
        store.close()
        again = self.open(tmp_path)
        assert again.count() == 2500
        assert sorted(again.ids()) == names(2500)
        fetched = again.fetch(["c00003", "nobody", "c02400", "c00003"])
        assert sorted(fetched) == ["c00003", "c02400"]
        np.testing.assert_allclose(fetched["c02400"], vectors[2400], rtol=1e-5)
        assert fetched["c02400"].dtype == np.float32
        assert again.search(vectors[2400], 1)[0][0] == "c02400"
        assert again.search(vectors[2400], 1, {"half": 0})[0][0] == "c02400"
        assert len(again.search(vectors[2400], 2500, {"half": 1})) == 1250
        again.close()

    def test_generations_are_apart(self, tmp_path: Path) -> None:
        one, other = self.open(tmp_path, "one"), self.open(tmp_path, "other")
        one.upsert(["a"], unit_vectors(1))
        assert (one.count(), other.count()) == (1, 0)
        one.close()
        other.close()

    def test_two_openings_in_one_process_see_the_same(self, tmp_path: Path) -> None:
        writer, reader = self.open(tmp_path), self.open(tmp_path)
        writer.upsert(["a"], unit_vectors(1), [{"tenant": "x"}])
        assert reader.search(unit_vectors(1)[0], 1, {"tenant": "x"})[0][0] == "a"
        writer.close()
        assert reader.count() == 1
        reader.close()

    def test_another_process_sees_what_was_written(self, tmp_path: Path) -> None:
        code = self.elsewhere(tmp_path)
        if not code:
            pytest.skip("no other process can open it")
        store = self.open(tmp_path)
        store.upsert(["a"], unit_vectors(1), [{"tenant": "x"}])
        store.close()
        code += (
            "\nfrom llmops.testing.conformance import unit_vectors"
            "\nprint([name for name, _ in store.search(unit_vectors(1)[0], 9, {'tenant': 'x'})])"
            "\nstore.upsert(['b', 'c'], unit_vectors(2))\nstore.delete(['a'])\nstore.close()"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
        assert (run.stdout, run.stderr, run.returncode) == ("['a']\n", "", 0)
        store = self.open(tmp_path)
        assert sorted(store.ids()) == ["b", "c"]
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

    @pytest.mark.parametrize("name", ["", "..", "a//b", "a/../b", "/etc", "a b", ".hidden"])
    def test_names_that_lead_elsewhere_are_refused(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot name a generation"):
            self.open(tmp_path, name)

    def test_closing_twice_is_closing_once(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.close()
        store.close()


class KeptFilters(OpenedStore):
    """No search returns what its filter does not admit."""

    def test_upserting_again_replaces_metadata_too(self, tmp_path: Path) -> None:
        store, vectors = self.open(tmp_path), unit_vectors(2)
        store.upsert(["a", "b"], vectors, [{"tenant": "x", "lang": "de"}, {"tenant": "x"}])
        store.upsert(["a"], vectors[:1], [{"tenant": "y"}])
        assert _found(store, {"tenant": "x"}) == ["b"]
        assert _found(store, {"tenant": "y"}) == ["a"]
        assert _found(store, {"lang": "de"}) == []
        store.upsert(["a"], vectors[:1])
        assert _found(store, {"tenant": ["x", "y"]}) == ["b"]
        store.close()

    def test_every_text_can_be_an_id(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.upsert(UNUSUAL, unit_vectors(len(UNUSUAL)), [{"id": name} for name in UNUSUAL])
        assert sorted(store.ids()) == sorted(UNUSUAL)
        assert sorted(store.fetch(UNUSUAL)) == sorted(UNUSUAL)
        assert [_found(store, {"id": name}) for name in UNUSUAL] == [[name] for name in UNUSUAL]
        store.delete(UNUSUAL[:5])
        assert sorted(name for name, _ in store.search(unit_vectors(1)[0], 99)) == sorted(UNUSUAL[5:])
        store.close()

    def test_no_row_outside_a_filter_is_returned(self, tmp_path: Path) -> None:
        opened: list[VectorStore] = []

        @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
        @given(rows=st.lists(_METADATA, max_size=12), filters=st.lists(_FILTERS, min_size=1, max_size=4))
        def check(rows: Sequence[Mapping[str, Json]], filters: Sequence[Mapping[str, Json]]) -> None:
            store = self.open(tmp_path, f"g{len(opened)}")
            opened.append(store)
            ids, vectors = names(len(rows)), unit_vectors(len(rows))
            store.upsert(ids, vectors, rows)
            query = unit_vectors(1, seed=5)[0]
            nearest = [ids[row] for row in (-(vectors @ query)).argsort()]
            for one in filters:
                allowed = [i for i in nearest if admits(wanted(one), rows[ids.index(i)])]
                for k in (2, 20):
                    assert [i for i, _ in store.search(query, k, one)] == allowed[:k]

        check()
        for store in opened:
            store.close()

    def test_tenants_never_see_each_other(self, tmp_path: Path) -> None:
        store, vectors = self.open(tmp_path), unit_vectors(1500)
        tenants = [f"t{number % 50}" if number >= 5 else "small" for number in range(1500)]
        rows: list[dict[str, Json]] = [{"tenant": t, "even": n % 2 == 0} for n, t in enumerate(tenants)]
        store.upsert(names(1500), vectors, rows)
        query = unit_vectors(1, seed=3)[0]
        nearest = [int(row) for row in (-(vectors @ query)).argsort()]
        for filters in (
            {"tenant": "small"},
            {"tenant": "t7"},
            {"tenant": ["t7", "t8"], "even": True},
            {"tenant": "T7"},
        ):
            expected = [names(1500)[row] for row in nearest if admits(wanted(filters), rows[row])][:10]
            assert [name for name, _ in store.search(query, 10, filters)] == expected
        many = {"tenant": ["small", *(f"t{number}" for number in range(1000, 3000))]}
        assert _found(store, many) == names(5)
        store.close()

    def test_filters_that_mean_nothing_are_refused(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.upsert(["a"], unit_vectors(1), [{"tenant": "x"}])
        for value in (None, {"$ne": "x"}, [None], float("nan"), [["x"]]):
            with pytest.raises(InputError, match=r"(?s)filter 'tenant' is .*Write a text, a number"):
                store.search(unit_vectors(1)[0], 1, {"tenant": value})
        assert store.search(unit_vectors(1)[0], 1, {"tenant": []}) == []
        assert _found(store, {}) == ["a"]
        store.close()


class VectorStoreConformance(KeptVectors, KeptApart, KeptFilters):
    """All of it. Inherit and define `open`; and `elsewhere`, if other processes can open the store too."""


def _found(store: VectorStore, filters: Mapping[str, Json]) -> list[str]:
    """The ids that a filter admits."""
    return sorted(name for name, _ in store.search(unit_vectors(1)[0], 99, filters))
