"""From a project, the ledger and an observation to what the planner decides on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

from reconciler.errors import InputError, Problem
from reconciler.ledger.lock import interrupted
from reconciler.ledger.state import LedgerState
from reconciler.load.project import Project
from reconciler.load.suggest import did_you_mean
from reconciler.model import Address, Change, Recorded, Scope
from reconciler.plan.facts import SecretFacts
from reconciler.plan.gates import wrong_account
from reconciler.plan.state import Observation, PlanInput
from reconciler.provider import Preview, Previews, Provider
from reconciler.runtime import Runtime


def all_records(state: LedgerState, runtime: Runtime) -> tuple[Recorded, ...]:
    """Return the ledger's records, and the creates that dead runs announced and that no record explains since."""
    return (*state.records.values(), *interrupted(state, runtime))


def _by_address(known: Iterable[Recorded]) -> tuple[dict[Address, Recorded], tuple[Recorded, ...]]:
    """Return the first that is known of each address, and all others."""
    first: dict[Address, Recorded] = {}
    others = [record for record in known if first.setdefault(record.address, record) is not record]
    return first, tuple(others)


def check_records(project: Project, records: Iterable[Recorded]) -> None:
    """Refuse a ledger that names what the project no longer configures: nothing of it could be seen or removed.

    Raises InputError, all problems at once.
    """
    problems: list[Problem] = []
    known = sorted(records, key=lambda r: r.address)
    gone = sorted({r.provider for r in known} - set(project.instances))
    for name in gone:
        owned = [str(r.address) for r in known if r.provider == name]
        shown = ", ".join(owned[:3]) + (f" and {len(owned) - 3} more" if len(owned) > 3 else "")
        problems.append(
            Problem(
                f"{name} is gone from environment.yaml, but the ledger holds {len(owned)} of its objects: {shown}",
                f"put {name} back and remove its objects first, or `reconcile forget` each of them",
            )
        )
    unknown = (r for r in known if r.provider in project.instances and r.address.collection not in project.kinds)
    for address in dict.fromkeys(record.address for record in unknown):
        problems.append(
            Problem(
                f"the ledger holds {address}, and no installed provider knows {address.collection}",
                f"install the provider again, or `reconcile forget {address}`",
            )
        )
    if problems:
        raise InputError(problems)


def check_targets(
    project: Project, records: Iterable[Recorded], targets: tuple[str, ...], flag: str = "--target"
) -> None:
    """Refuse a target, given by `flag`, that can select nothing: a slip of the pen must not read as "nothing to do".

    A glob may match no object, as long as it is one of a collection. Raises InputError, all problems at once.
    """
    known = {str(r.address) for r in project.resources} | {str(record.address) for record in records}
    problems = []
    for target in targets:
        collection, slash, _ = target.partition("/")
        globs = any(c in target for c in "*?[")
        if any(fnmatchcase(address, target) for address in known):
            continue
        if globs and slash and any(fnmatchcase(name, collection) for name in project.kinds):
            continue
        fix = did_you_mean(target, known, otherwise="write collection/handle, as in monitors/homepage, or a glob")
        problems.append(Problem(f"{flag} {target}: neither desired/ nor the ledger has such an object", fix))
    if problems:
        raise InputError(problems)


def refuse_scope(project: Project, state: LedgerState) -> Callable[[str, Scope], str]:
    """Return the account gate: instance and scope in, the reason to refuse out ("" for none)."""

    def refuse(name: str, scope: Scope) -> str:
        return wrong_account(project.instances[name].settings.expect, state.scopes.get(name), scope)

    return refuse


def plan_input(
    project: Project,
    state: LedgerState,
    observation: Observation,
    providers: Mapping[str, Provider],
    *,
    runtime: Runtime,
    secrets: SecretFacts,
    commit: str,
    now: datetime,
    targets: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    notices: tuple[str, ...] = (),
) -> PlanInput:
    """Return the planner's input. With `only`, objects of other instances are left out of the decision."""
    records, others = _by_address(all_records(state, runtime))

    def preview(change: Change) -> Preview:
        provider = providers.get(change.provider)
        return provider.preview(change) if isinstance(provider, Previews) else Preview()

    return PlanInput(
        environment=project.environment,
        commit=commit,
        now=now,
        resources=project.resources,
        records=records,
        kinds=project.kinds,
        observation=observation,
        settings={name: instance.settings for name, instance in project.instances.items()},
        authority={name: s.authority for name, s in project.collections.items()},
        allow_empty=frozenset(name for name, s in project.collections.items() if s.allow_empty),
        approvals=project.approvals,
        held_before=state.held,
        secrets=secrets,
        preview=preview,
        others=others,
        targets=targets,
        providers=only,
        notices=notices,
    )
