"""Where the running tool came from, so that a workflow can install the same one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from reconciler.errors import ReconcilerError
from reconciler.git import Git

_AT_GITHUB = re.compile(r"(?:^|[@/])github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")
_GIVEN = re.compile(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Tool:
    """A GitHub repository that holds the tool, and the commit to use: literals, or expressions of a workflow."""

    repository: str
    commit: str


REPOSITORY_VARIABLE, COMMIT_VARIABLE = "RECONCILER_REPOSITORY", "RECONCILER_COMMIT"
BY_VARIABLES = Tool(f"${{{{ vars.{REPOSITORY_VARIABLE} }}}}", f"${{{{ vars.{COMMIT_VARIABLE} }}}}")
"""For a tool of which it is not known where it can be had."""


def given_tool(text: str) -> Tool | None:
    """Return the tool that `OWNER/NAME@COMMIT` names; None for any other text."""
    match = _GIVEN.fullmatch(text)
    return Tool(match[1], match[2]) if match else None


def installed_tool(git: Callable[[Path], Git]) -> Tool | None:
    """Return where the running tool was installed from; None when that is not a published commit at GitHub."""
    try:
        text = distribution("reconciler").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    source = json.loads(text) if text else {}
    return source_of(source, git) if isinstance(source, dict) else None


def source_of(source: dict[str, Any], git: Callable[[Path], Git]) -> Tool | None:
    """Return the tool that a `direct_url.json` (PEP 610) describes: installed from git, or from a clone of it."""
    url = str(source.get("url", ""))
    commit = source.get("vcs_info", {}).get("commit_id", "")
    if commit:
        return _tool(url, commit)
    folder = Path(unquote(urlsplit(url).path))
    if urlsplit(url).scheme != "file" or not folder.is_dir():
        return None
    clone = git(folder)
    try:
        head = clone.head() if clone.root() else ""
        remote = clone.remote() if head else ""
        published = clone.local_ref(f"refs/remotes/{remote}/main") if remote else ""
        if published and clone.is_ancestor(head, published):
            return _tool(clone.remote_url(), head)
    except ReconcilerError:
        return None  # a clone that git cannot use tells nothing
    return None


def _tool(url: str, commit: str) -> Tool | None:
    match = _AT_GITHUB.search(url)
    return Tool(match[1], commit) if match else None
