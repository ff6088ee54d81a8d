"""Records against git: what `desired/` said at a record's commit, loaded once per commit and only where it counts."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from reconciler.discover import Catalog
from reconciler.errors import InputError, ReconcilerError
from reconciler.git import Git, GitError
from reconciler.ledger.state import LedgerState
from reconciler.load.project import load_project
from reconciler.model import Address, Recorded, Resource
from reconciler.plan.owning import relied_on, unlike
from reconciler.plan.planner import Planned, make_plan
from reconciler.plan.state import PlanInput

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # a ref, or an option, in its place is forged


class Unprovable(ReconcilerError):
    """What `desired/` said at a commit cannot be told."""


@dataclass(slots=True)
class Owning:
    """Tells which records are ours. `desired` is the project's, in the work tree of `git`."""

    git: Git
    desired: Path
    catalog: Catalog
    said: dict[str, Mapping[Address, Resource] | str] = field(default_factory=dict)  # by commit; a text: why not known

    def planned(self, given: PlanInput, planned: Planned) -> tuple[PlanInput, Planned]:
        """Return the plan made without the records that are not ours, each with a notice.

        The records of a plan are judged when it relies on them, so a plan that changes nothing loads no commit.
        """
        judged: set[Address] = set()
        while more := relied_on(planned.plan.changes) & given.records.keys() - judged:
            judged |= more
            relied = [r for r in (*given.records.values(), *given.others) if r.address in more]
            foreign = [(r, why) for r in sorted(relied, key=lambda r: r.address) if (why := self.foreign(r))]
            if foreign:
                notices = (_notice(record, why) for record, why in foreign)
                given = without(given, [record for record, _ in foreign])
                former = (*given.former, *(record for record, _ in foreign))
                given = replace(given, former=former, notices=(*given.notices, *notices))
                planned = make_plan(given)
        return given, planned

    def foreign(self, record: Recorded) -> str:
        """Return why a record does not show that its object is ours; "" when it does."""
        if record.commit not in self.said:
            try:
                self.said[record.commit] = self._load(record.commit)
            except (Unprovable, GitError) as error:
                self.said[record.commit] = f"{error.message}{f' ({error.fix})' if error.fix else ''}"
        said = self.said[record.commit]
        return said if isinstance(said, str) else unlike(record, said.get(record.address))

    def _load(self, commit: str) -> Mapping[Address, Resource]:
        if not commit:
            raise Unprovable("it names no commit: it was made outside git")
        if not _COMMIT.fullmatch(commit):
            raise Unprovable("what it names is no commit")
        head = self.git.head()
        if not (head and self.git.has_commit(commit) and self.git.is_ancestor(commit, head)):
            if self.git.is_shallow():
                raise Unprovable("the commit is not here: this clone is shallow", fix="git fetch --unshallow")
            raise Unprovable("the commit is not in the history of HEAD")
        top = self.git.root()
        if top is None or not self.desired.is_relative_to(top.resolve()):
            raise Unprovable(f"{self.desired.name}/ is outside the repository")
        below = self.desired.relative_to(top.resolve())
        files = self.git.files(commit, below.as_posix())
        with tempfile.TemporaryDirectory(prefix="reconcile-commit-") as folder:
            tree = Path(folder) / self.desired.name
            tree.mkdir()
            for path, body in files.items():
                name = PurePosixPath(path).relative_to(below)
                if ".." not in name.parts:
                    (tree / name).parent.mkdir(parents=True, exist_ok=True)
                    (tree / name).write_bytes(body)
            try:
                project = load_project(tree, self.catalog)
            except InputError as error:
                first = error.problems[0].message if error.problems else error.message
                raise Unprovable(f"this version cannot read what {tree.name}/ was there: {first}") from None
        return {resource.address: resource for resource in project.resources}


def without(given: PlanInput, foreign: Iterable[Recorded]) -> PlanInput:
    """Return the input without these records; what else the ledger has of an address takes the place of one."""
    left = {id(record) for record in foreign}
    records = {a: r for a, r in given.records.items() if id(r) not in left}
    others: list[Recorded] = []
    for record in given.others:
        if id(record) not in left and records.setdefault(record.address, record) is not record:
            others.append(record)
    return replace(given, records=records, others=tuple(others))


def committed(state: LedgerState, resources: Iterable[Resource], commit: str) -> dict[Address, Recorded]:
    """Return the records, those made before there was a repository with the commit that says the same as they do.

    Only of a state that no ref held yet: in one that somebody may have pushed, no commit means no proof.
    """
    said = {resource.address: resource for resource in resources} if commit and not state.head else {}
    return {
        address: replace(record, commit=commit)
        if not record.commit and address in said and not unlike(record, said[address])
        else record
        for address, record in state.records.items()
    }


def _notice(record: Recorded, why: str) -> str:
    at = f"at commit {record.commit[:12]}: " if record.commit else ""
    return (
        f"{record.address}: its record is not ours ({at}{why}), so nothing is changed or removed by it. "
        f"To be rid of it: `reconcile forget {record.address}`; to take the object over: declare it, and adopt it"
    )
