"""What people who write parts of their own test them with. Needs pytest and hypothesis."""

import pytest

pytest.register_assert_rewrite("llmops.testing.chunkers", "llmops.testing.vector_stores")
