"""The tutorial is true: whoever does what it says sees what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_tutorial_does_what_it_says(reader: Any, root: Path) -> None:
    reader.follow(root / "docs" / "tutorial.md")
