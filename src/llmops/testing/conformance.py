"""Test classes to inherit: each says what one protocol promises. Name yours `Test…` and say how to open your part.

from llmops.testing.conformance import DIMENSION, VectorStoreConformance

class TestMyStore(VectorStoreConformance):
    def open(self, path, name="g1", dimension=DIMENSION):
        return MyStore(path / name, dimension)
"""

from llmops.testing.chunkers import ChunkerConformance as ChunkerConformance
from llmops.testing.vector_stores import DIMENSION as DIMENSION
from llmops.testing.vector_stores import VectorStoreConformance as VectorStoreConformance
from llmops.testing.vector_stores import names as names
from llmops.testing.vector_stores import unit_vectors as unit_vectors
