"""What a plan says about a change beyond its fields, or why it cannot work as written. Pure, but for one file read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from reconciler import Adopt, Change, Create, Preview, Recreate, Update
from reconciler_vercel.convert.headers import entry_of, entry_wanted, overfull
from reconciler_vercel.models.env import PUBLIC, READABLE
from reconciler_vercel.models.header_values import is_policy, policy_changes
from reconciler_vercel.models.policies import unknown_in

Making: TypeAlias = Create | Recreate | Update | Adopt
WRITES = (Create, Recreate, Update, Adopt)

_NEXT_BUILD = """
framework buildCommand installCommand outputDirectory rootDirectory nodeVersion resourceConfig
sourceFilesOutsideRootDirectory gitLFS autoExposeSystemEnvs
"""
NEXT_BUILD = frozenset(_NEXT_BUILD.split())
SCRIPTS = {"webAnalytics": "@vercel/analytics", "speedInsights": "@vercel/speed-insights"}


def env(change: Making, *, sensitive_only: bool) -> Preview:
    """Hold a readable variable on its way to where the team's policy lets none be: anywhere but development.

    On its way is what is made there, becomes readable there, or gains such an environment. What was readable there
    before the policy came is left to the vendor.
    """
    where = _environments(change.desired.identity)
    before = frozenset[str]() if isinstance(change, Create | Recreate) else _environments(change.live.identity)
    comes = where if any(f.path == ("type",) for f in change.fields) else where - before
    if not sensitive_only or _type(change) not in READABLE or comes <= {"development"}:
        return Preview()
    key = change.desired.identity[0]
    wise = "write type: sensitive"
    if key.startswith(PUBLIC):
        wise = "ask an owner to relax the policy: a public variable cannot be sensitive"
    elif "development" in where:
        wise = "keep this one for development, and write a second one for the others, with type: sensitive"
    elif before:
        wise = "write type: sensitive; it is then deleted and made again, and its value sent once more"
    named = ", ".join(sorted(comes - {"development"}))
    return Preview(
        hold=f"the team's policy takes only sensitive variables outside development, and this one is for {named}",
        next=wise,
    )


def _environments(identity: tuple[str, ...]) -> frozenset[str]:
    return frozenset(identity[2].split(",")) - {""}


def _type(change: Making) -> object:
    """Return the type that a variable will have: as it is, where none is written."""
    there = "encrypted" if isinstance(change, Create | Recreate) else change.live.values.get("type")
    return change.desired.spec.get("type", there)


def headers(change: Making, *, root: Path, draft: str, full: str) -> Preview:
    """Say what changes in a policy, that a draft is open or no room is left, or what a vercel.json has to hold."""
    if change.desired.spec.get("mode") == "vercel_json" and isinstance(change, Create | Recreate):
        return _of_file(change, root)
    said = []
    for diff in change.fields:
        name = str(diff.path[-1])
        if diff.path[0] == "headers" and is_policy(name) and not isinstance(change, Create | Recreate):
            said += [f"{name}: {text}" for text in policy_changes(diff.before, diff.after)]
    if any(diff.path[0] == "headers" for diff in change.fields):
        said += _strange(change.desired.spec)
    if draft:
        said.append(f"{draft}: this is refused unless the draft is exactly this change")
    if full and isinstance(change, Create | Recreate):
        said.append(f"{full}: this is refused unless another goes first")
    return Preview(tuple(said))


def _strange(spec: Mapping[str, Any]) -> list[str]:
    """Return what is to be said about policies that were written as text, and hold what browsers may not know."""
    written = ((name, value) for name, value in spec["headers"].items() if is_policy(name) and value)
    texts = ((name, text) for name, value in written for text in ((value,) if isinstance(value, str) else value))
    return [f"{name}: {said}" for name, text in texts for said in unknown_in(text)]


def _of_file(change: Create | Recreate, root: Path) -> Preview:
    """Compare with the application's own file. Nothing here writes it."""
    spec = change.desired.spec
    pattern, file, table = str(spec["source"]), str(spec["file"]), spec["headers"]
    where = "in the application's repository, and deployed"
    try:
        text = (root / file).read_text(encoding="utf-8")
        there = entry_of(text, pattern)
    except FileNotFoundError:
        there, text = {}, "{}"
        where = f"{where} (there is no {file} now)"
    except (OSError, UnicodeError, ValueError) as error:
        reason = error if type(error) is ValueError else "it cannot be read as JSON"
        return Preview(pending=f"{file} cannot be compared: {reason}; whoever owns the application has to mend it")
    wanted = entry_wanted(there, pattern, table if isinstance(table, Mapping) else {})
    if wanted is None:
        return Preview(settled=True)
    if full := overfull(text, wanted):
        return Preview(
            pending=f"{file} cannot hold what {pattern} needs: {full}; merge rules there, or use mode: routes"
        )
    entry = "; ".join((json.dumps(wanted, ensure_ascii=False), *_strange(spec)))
    return Preview(pending=f"`headers` of {file} has to hold this entry for {pattern}, {where}: {entry}")


def hosting(change: Making) -> Preview:
    """Say what acts only later, or not by itself."""
    names = {str(f.path[0]) for f in change.fields if f.cause != "released"}
    said = []
    if later := sorted(names & NEXT_BUILD):
        said.append(f"{', '.join(later)}: for the next deployment, unless a vercel.json there says otherwise")
    for name in sorted(names & set(SCRIPTS)):
        if change.desired.spec.get(name) is True:
            said.append(f"{name}: nothing is measured until the application loads {SCRIPTS[name]}")
    if "redeploy" in names:
        said.append("production is built again, from the commit it has, and waited for")
    return Preview(tuple(said))


def by_collection(
    *, root: Path, sensitive_only: Callable[[], bool], draft: Callable[[], str], full: Callable[[], str]
) -> Mapping[str, Callable[[Making], Preview]]:
    """Return the previews of each collection."""
    return {
        "env": lambda change: env(change, sensitive_only=sensitive_only()),
        "headers": lambda change: headers(change, root=root, draft=draft(), full=full()),
        "hosting": hosting,
    }


def preview(change: Change, known: Mapping[str, Callable[[Making], Preview]]) -> Preview:
    """Return what is to be said about a change; nothing about one that makes nothing."""
    told = known.get(change.kind)
    return told(change) if told and isinstance(change, WRITES) else Preview()
