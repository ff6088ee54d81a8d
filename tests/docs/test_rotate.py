"""The page about rotating secrets is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # real processes, many of them

ENVIRONMENT = "environment: production\nproviders:\n  betterstack: {token: {secret: BETTERSTACK_API_TOKEN}}\n"


@pytest.mark.timeout(300)
def test_a_secret_rotates_as_the_page_says(reader: Any, root: Path) -> None:
    reader.serve(ENVIRONMENT)
    reader.start(ENVIRONMENT)
    reader.follow(root / "docs" / "how-to" / "rotate-a-secret.md")
