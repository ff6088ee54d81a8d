"""The GitHub workflow, from one template: this repository's own, and the one `init` writes into a user's. Pure.

In the template, lines between `#: if WORD` and `#: end` stand only where that is known (`#: unless WORD`: only where it
is not), and `<<WORD>>` is replaced; a line that holds nothing else becomes one line per value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from reconciler.initial.tool import Tool

PATH = ".github/workflows/reconcile.yml"
HEARTBEAT = "nightly-reconcile"  # the handle of the heartbeat that the nightly job reports to, where there is one
_CONDITION = re.compile(r"#: (if|unless) (\w+)")
_WHOLE_LINE = re.compile(r"( *)<<(\w+)>>")


@dataclass(frozen=True, slots=True)
class Needs:
    """What the workflow depends on. `tool` is None in the repository that holds the tool.

    `reading`, `writing` and `pinging` are the secrets that plan and drift, apply, and the heartbeat need by name.
    """

    environment: str
    tool: Tool | None = None
    reading: Sequence[str] = ()
    writing: Sequence[str] = ()
    heartbeat: str = ""
    pinging: Sequence[str] = ()
    watching: Sequence[str] = ()  # heartbeats that are called as a collection of the project, and watch it
    handover: Sequence[str] = ()  # folders of hand-overs, relative to the project
    sealed: bool = False  # apply opens SOPS files


def secret_at_github(name: str) -> str:
    """Return what a secret is called at GitHub, where names that begin with GITHUB_ are taken."""
    return f"RECONCILE_{name}" if name.upper().startswith("GITHUB_") else name


def render(needs: Needs) -> str:
    """Return the workflow."""
    words: Mapping[str, Sequence[str]] = {
        "environment": [needs.environment],
        "foreign": ["yes"] if needs.tool else [],
        "repository": [needs.tool.repository] if needs.tool else [],
        "commit": [needs.tool.commit] if needs.tool else [],
        "reading": [_variable(name) for name in needs.reading],
        "writing": [_variable(name) for name in needs.writing],
        "pinging": [_variable(name) for name in needs.pinging],
        "watching": [_report(name) for name in needs.watching],
        "heartbeat": [needs.heartbeat] if needs.heartbeat else [],
        "sealed": ["yes"] if needs.sealed else [],
        "handover": [" ".join(f"{folder.rstrip('/')}/*.age" for folder in needs.handover)] if needs.handover else [],
    }
    template = files("reconciler.initial").joinpath("reconcile.yml.template").read_text(encoding="utf-8")
    made: list[str] = []
    shown = True
    for line in template.splitlines():
        condition = _CONDITION.fullmatch(line)
        if condition:
            shown = bool(words[condition[2]]) == (condition[1] == "if")
        elif line == "#: end":
            shown = True
        elif shown:
            made += _lines(line, words)
    return "\n".join(made) + "\n"


def _lines(line: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    whole = _WHOLE_LINE.fullmatch(line)
    if whole:
        return [f"{whole[1]}{value}" for value in words[whole[2]]]
    return [re.sub(r"<<(\w+)>>", lambda match: words[match[1]][0], line)]


def _report(collection: str) -> str:
    command = '"$RUNNER_TEMP/reconciler/bin/reconcile" heartbeat'
    return f"{command} {collection} --if '{collection}/*' || failed=1"


def _variable(name: str) -> str:
    return f"{name}: ${{{{ secrets.{secret_at_github(name)} }}}}"
