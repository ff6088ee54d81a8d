"""The laws of `ProviderContract`, by what they are about."""

import pytest

# Before any of them is imported: pytest then shows the values of an assertion that fails.
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in ("faults", "models", "reading", "writing", "whole")))
