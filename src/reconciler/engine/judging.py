"""Whose policies judge a plan: those of `desired/`, or of another commit, and what the one would make of the other."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.discover import Catalog
from reconciler.errors import InputError, Problem
from reconciler.git import Git
from reconciler.load.project import Project
from reconciler.model import UNJUDGED, Judgement, Plan, Rule, RuleChange
from reconciler.outcome import Outcome, Result
from reconciler.plan.planner import Planned
from reconciler.plan.state import PlanInput
from reconciler.redact import Redactor

_SHORT = 12  # characters of a commit that are shown


@dataclass(frozen=True, slots=True)
class Bench:
    """The rules that judge, the commit they are of ("" for `desired/`), and how those of `desired/` differ."""

    rules: tuple[Rule, ...] = ()
    judged_by: str = ""
    changes: tuple[RuleChange, ...] = ()

    def warm(self) -> None:
        """Import what evaluates rules, where there are any: it can be done while vendors are being asked."""
        if self.rules:
            import reconciler.policy.evaluate  # noqa: F401

    def judge(self, planned: Planned, given: PlanInput, redactor: Redactor) -> Judgement:
        """Return what the rules say of a plan. Without rules nothing of what evaluates them is imported.

        What they take for a secret becomes known to the redaction funnel: a plan shows fields that hold none.
        """
        if not self.rules:
            return Judgement(0, (), self.judged_by, self.changes) if self.judged_by else UNJUDGED
        from reconciler.policy.document import document_of
        from reconciler.policy.evaluate import evaluate, plaintexts

        document = document_of(planned, given)
        findings = evaluate(self.rules, document)
        if any(rule.check for rule in self.rules if rule.name in {f.rule for f in findings}):
            for found in plaintexts(self.rules, document):
                redactor.add(found, "text that looks like a secret")
        return Judgement(len(self.rules), findings, self.judged_by, self.changes)


def bench_of(project: Project, catalog: Catalog, git: Git, policies_from: str) -> Bench:
    """Return the bench of a run.

    Raises:
        InputError: there is no such commit here, or its policies cannot be read by this version.
    """
    if not policies_from:
        return Bench(project.policies)
    from reconciler.load.policies import parse_policies
    from reconciler.policy.changes import rule_changes

    top = git.root()
    if top is None or policies_from.startswith("-") or not git.has_commit(policies_from):
        what = "this is no git repository" if top is None else f"there is no commit {policies_from} here"
        raise InputError([Problem(f"--policies-from: {what}", "name a commit of this clone; git fetch brings more")])
    folder = project.desired.resolve().relative_to(top.resolve()) / "policies"
    short = policies_from[:_SHORT]
    files = git.files(policies_from, folder.as_posix())
    rules = parse_policies({f"{name} at {short}": body for name, body in files.items()}, catalog)
    return Bench(rules, short, rule_changes(rules, project.policies))


def judged_as_written(project: Project) -> Judgement:
    """Return what the policies say of `desired/` alone: only what holds whatever is live."""
    if not project.policies:
        return UNJUDGED
    from reconciler.policy.document import offline_document
    from reconciler.policy.evaluate import evaluate

    found = evaluate(project.policies, offline_document(project.resources, project.kinds))
    return Judgement(len(project.policies), found)


def refused(plan: Plan) -> Outcome:
    """Return the outcome of an apply that a policy denies: nothing was done, neither at a vendor nor in the ledger."""
    names = ", ".join(dict.fromkeys(f.rule for f in plan.policies.denied))
    results = (Result(c.address, c.action, "held", f"policy denies this apply: {names}") for c in plan.changes)
    return Outcome(plan, tuple(results), notices=plan.notices)
