"""The baseline of policies that a new repository gets: the rules about the kinds it can have. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from importlib.resources import files

PATH = "policies/baseline.yaml"  # below desired/
_NAME = re.compile(r"^  ([a-z0-9-]+):$", re.MULTILINE)
_KIND = re.compile(r'^    kind: "?([a-z_*]+)"?$', re.MULTILINE)
SOFTENED = "    severity: warn # what was there on the first day breaks it: mend that, then remove this line\n"


def baseline(kinds: Collection[str], softened: Collection[str] = ()) -> str:
    """Return the rules about these kinds and about every kind. Those in `softened` warn, where they would deny."""
    template = files("reconciler.initial").joinpath("baseline.yaml.template").read_text(encoding="utf-8")
    head, _, body = template.partition("\nrules:\n")
    chosen = [block for block in _blocks(body) if _kind(block) in ("*", *kinds)]
    return head + "\nrules:\n" + "\n".join(_softened(block) if _name(block) in softened else block for block in chosen)


def _blocks(body: str) -> Iterator[str]:
    for block in body.strip("\n").split("\n\n"):
        yield f"{block}\n"


def _name(block: str) -> str:
    found = _NAME.search(block)
    return found[1] if found else ""


def _kind(block: str) -> str:
    found = _KIND.search(block)
    return found[1] if found else ""


def _softened(block: str) -> str:
    return block if "severity: warn" in block else block + SOFTENED
