"""Rulesets of a repository: what may be done to its branches and tags, and who need not care."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from reconciler import (
    Address,
    ListOf,
    Live,
    OnlyIf,
    Part,
    ProviderSettings,
    Removal,
    RequiredIf,
    Resource,
    ServerDefault,
    SetOf,
)
from reconciler_github.models.common import GitHubKind, Text
from reconciler_github.models.rules import PUSH_RULES, Rules

DEFAULT_BRANCH = ("~DEFAULT_BRANCH", "~ALL")
NUMBERED = ("Integration", "RepositoryRole", "Team", "User")
ActorType = Literal["Integration", "OrganizationAdmin", "RepositoryRole", "Team", "DeployKey", "User"]


class BypassActor(Part):
    """Somebody whom the rules do not bind. GitHub numbers organisation admins 1 by itself, deploy keys not at all."""

    rules: ClassVar = (
        RequiredIf("actor_id", when={"actor_type": NUMBERED}),
        OnlyIf("actor_id", when={"actor_type": NUMBERED}),
    )

    actor_type: ActorType
    actor_id: int | None = Field(None, description="of the app, role (2 maintain, 4 write, 5 admin), team or user")
    bypass_mode: Annotated[Literal["always", "pull_request", "exempt"], ServerDefault("always")] = "always"


def actor_key(actor: Mapping[str, Any]) -> tuple[str, int]:
    """Return what tells an actor from the others of its ruleset: type and number."""
    kind = str(actor.get("actor_type"))
    return kind, int(actor.get("actor_id") or 0) if kind in NUMBERED else 0


def _sorted(actors: tuple[BypassActor, ...]) -> tuple[BypassActor, ...]:
    return tuple(sorted(actors, key=lambda actor: actor_key(actor.model_dump())))


class RefName(Part):
    """Names of refs, or fnmatch patterns such as `refs/heads/release/**/*`."""

    include: SetOf[Text] = Field(description="~DEFAULT_BRANCH and ~ALL stand for themselves")
    exclude: Annotated[SetOf[Text], ServerDefault(())] = frozenset()


class Conditions(Part):
    """Which refs a ruleset is about."""

    ref_name: RefName


class Ruleset(GitHubKind, collection="rulesets", identity="name"):
    """Rules for branches, tags or pushes of the repository. Rulesets of its organisation are not touched."""

    loses: ClassVar[str] = "the rules no longer bind anybody; the history of rule runs goes too"
    # A ruleset may require a deployment or a check that needs what is written here: until then it blocks every merge.
    written_after: ClassVar[tuple[str, ...]] = ("environments", "actions_secrets", "actions_variables")

    name: Text = ""
    target: Annotated[Literal["branch", "tag", "push"], ServerDefault("branch")] = "branch"
    enforcement: Literal["active", "disabled", "evaluate"] = Field(
        description="evaluate only reports; GitHub Enterprise"
    )
    conditions: Conditions | None = Field(None, description="not for target push, which is about every push")
    binding: Rules | None = Field(None, alias="rules", description="by type; types that are not written are left alone")
    bypass_actors: Annotated[ListOf[BypassActor], AfterValidator(_sorted)] = Field(
        (), description="in any order; [] for nobody. Shown only to who may write the ruleset: else unknown"
    )

    @classmethod
    def cross_check(
        cls, resources: tuple[Resource, ...], settings: ProviderSettings
    ) -> Iterable[tuple[Address, str, str, str]]:
        """Find actors that are named twice, and rules that do not fit the target."""
        for resource in resources:
            if resource.address.collection == cls.collection:
                yield from _twice(resource)
                yield from _unfit(resource)

    @classmethod
    def guards(
        cls, removals: tuple[Removal, ...], live: tuple[Live, ...], settings: ProviderSettings
    ) -> Mapping[Address, str]:
        """Refuse to leave the default branch without any rule: this tool is told what to do by what is merged there."""
        after = {r.live.id: r.after for r in removals}
        left = [{**one.values, **_spec(after[one.id])} if one.id in after else one.values for one in live]
        kept = (v for one, v in zip(live, left, strict=True) if one.id not in after or after[one.id] is not None)
        if any(_binds_default(values) for values in kept):
            return {}
        reason = (
            "no active ruleset would be left on the default branch, where this tool takes its orders from; "
            "have another one there first, or remove it in the settings of the repository"
        )
        return {r.address: reason for r in removals if _binds_default(r.live.values)}


def _spec(resource: Resource | None) -> Mapping[str, Any]:
    return resource.spec if resource else {}


def _binds_default(values: Mapping[str, Any]) -> bool:
    """Return whether a ruleset with these values binds the default branch now."""
    conditions: Any = values.get("conditions") or {}
    included = (conditions.get("ref_name") or {}).get("include") or ()
    return values.get("enforcement") == "active" and any(name in DEFAULT_BRANCH for name in included)


def _twice(resource: Resource) -> Iterator[tuple[Address, str, str, str]]:
    actors: Any = resource.spec.get("bypass_actors") or ()
    keys = [actor_key(actor) for actor in actors]
    for key in dict.fromkeys(k for k in keys if keys.count(k) > 1):
        named = f"{key[0]} {key[1]}" if key[1] else key[0]
        yield resource.address, "bypass_actors", f"{named} is named twice", "name each actor once"


def _unfit(resource: Resource) -> Iterator[tuple[Address, str, str, str]]:
    rules: Any = resource.spec.get("rules") or {}
    pushes = resource.spec.get("target", "branch") == "push"
    for name, rule in rules.items():
        if rule is not None and (name in PUSH_RULES) != pushes:
            what = f"{name} is {'not ' if pushes else ''}a rule for target push"
            yield resource.address, "rules", what, "put it into a ruleset of the right target"
    if pushes and resource.spec.get("conditions") is not None:
        yield resource.address, "conditions", "a ruleset for pushes has no conditions", "remove them"
