"""The tutorial is true: whoever does what it says sees what it shows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # real processes, many of them


@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("curl") is None, reason="in the tutorial somebody edits by hand with curl")
def test_the_tutorial_does_what_it_says(reader: Any, root: Path) -> None:
    reader.follow(root / "docs" / "tutorial.md")
