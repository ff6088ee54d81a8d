"""What the simulated GitHub holds: one repository, who is around it, and what is kept in it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from nacl.public import PrivateKey

Plan = Literal["free", "team", "enterprise"]
FIRST_ID = 910_001


def stamp(moment: datetime) -> str:
    """Return a time as the API writes it: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Invalid(Exception):
    """The request is answered with an error: a status, a message, and what is wrong in particular."""

    def __init__(self, status: int, message: str, errors: Iterable[Any] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)


@dataclass
class Ruleset:
    """One ruleset. `rules` is the list that the API shows, what GitHub fills in included."""

    id: int
    name: str
    target: str
    enforcement: str
    source_type: str
    source: str
    conditions: dict[str, Any] | None
    rules: list[dict[str, Any]]
    bypass_actors: list[dict[str, Any]]
    created_at: datetime
    updated_at: datetime


@dataclass
class Variable:
    """One variable."""

    value: str
    created_at: datetime
    updated_at: datetime


@dataclass
class Secret:
    """One secret: what was sealed, opened. Only its fingerprint is ever shown."""

    value: str = field(repr=False)
    created_at: datetime
    updated_at: datetime

    @property
    def fingerprint(self) -> str:
        """What tells one value from another, and not the value."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:16]


@dataclass
class Vault:
    """Variables and secrets of one place, by name, and the key that secrets for it are sealed with."""

    key: PrivateKey = field(repr=False)
    key_id: str
    variables: dict[str, Variable] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)


@dataclass
class Environment:
    """One environment."""

    id: int
    name: str
    vault: Vault
    created_at: datetime
    updated_at: datetime
    wait_timer: int = 0
    prevent_self_review: bool = False
    reviewers: list[tuple[str, int]] = field(default_factory=list)  # (User or Team, id)
    policy: dict[str, bool] | None = None
    policies: dict[int, dict[str, str]] = field(default_factory=dict)  # {name, type}; kept while the policy is another
    gates: dict[int, int] = field(default_factory=dict)  # custom protection rules: id to the app's


class Store:
    """The state. `organization` says whose the repository is: a person's has neither teams nor a ruleset above it.

    `plan` is the owner's. In a private repository rulesets need more than the free one, and required reviewers the
    Enterprise one.
    """

    def __init__(
        self,
        repository: str,
        *,
        repository_id: int,
        now: Callable[[], datetime],
        seed: int = 0,
        reviewers: Iterable[str] = (),
        organization: bool = True,
        private: bool = True,
        plan: Plan = "enterprise",
    ) -> None:
        self.owner, _, self.name = repository.partition("/")
        self.repository_id = repository_id
        self.now = now
        self.seed = seed
        self.organization = organization
        self.private = private
        self.plan: Plan = plan
        self.home = "https://api.github.com"  # where the API is reached, for links to itself
        self.archived = False
        self.old_name = ""  # the repository's, before it was renamed
        self.unannounced: dict[str, Any] = {}  # what GitHub adds to its answers without notice
        self._reviewers = tuple(reviewers)
        self.reset()

    def reset(self) -> None:
        """Start again with a new repository."""
        self._next = FIRST_ID
        self._keys = 0
        self.users: dict[int, str] = {}  # id to login
        self.teams: dict[int, str] = {}  # id to slug
        self.branches = ["main"]
        self.rulesets: dict[int, Ruleset] = {}
        self.environments: dict[str, Environment] = {}  # by name in lower case
        self.vault = self.new_vault()
        self.add_user("admin-of-the-sandbox")
        for reviewer in self._reviewers:
            kind, _, name = reviewer.partition("/")
            (self.add_team if kind == "Team" else self.add_user)(name)
        if self.organization:
            self.add_above("Organisation baseline")

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def new_id(self) -> int:
        """Return a number that was never used."""
        self._next += 1
        return self._next - 1

    def new_vault(self) -> Vault:
        """Return an empty place with a key of its own, the same one for the same seed."""
        self._keys += 1
        material = hashlib.sha256(f"{self.seed}:{self.full_name}:{self._keys}".encode()).digest()
        return Vault(PrivateKey(material), str(568_250_167_242_549_743 + self._keys))

    def rotate_key(self, vault: Vault) -> None:
        """Replace the key of a place: what is sealed with the old one is refused from now on."""
        fresh = self.new_vault()
        vault.key, vault.key_id = fresh.key, fresh.key_id

    def add_user(self, login: str) -> int:
        """Add a collaborator and return its id."""
        number = self.new_id()
        self.users[number] = login
        return number

    def add_team(self, slug: str) -> int:
        """Add a team with access and return its id."""
        number = self.new_id()
        self.teams[number] = slug
        return number

    def add_above(self, name: str) -> Ruleset:
        """Add a ruleset of the organisation, which applies here and is not the repository's."""
        moment = self.now()
        conditions = {"ref_name": {"include": ["~ALL"], "exclude": []}}
        rules = [{"type": "non_fast_forward"}]
        number = self.new_id()
        made = Ruleset(
            number, name, "branch", "active", "Organization", self.owner, conditions, rules, [], moment, moment
        )
        self.rulesets[number] = made
        return made

    def environment(self, name: str) -> Environment:
        """Return an environment, by its name in any case. Raises Invalid (404) where there is none."""
        found = self.environments.get(name.lower())
        if found is None:
            raise Invalid(404, "Not Found")
        return found

    def place(self, environment: str | None) -> Vault:
        """Return where variables and secrets are kept. Raises Invalid (404) for an environment that is not there."""
        return self.vault if environment is None else self.environment(environment).vault

    def state(self) -> Mapping[str, Any]:
        """Return every object by kind, secrets as fingerprints only."""
        places = [(None, self.vault), *((e.name, e.vault) for e in self.environments.values())]
        own = [r for r in self.rulesets.values() if r.source_type == "Repository"]
        return {
            "rulesets": [
                {
                    "id": r.id,
                    "name": r.name,
                    "target": r.target,
                    "enforcement": r.enforcement,
                    "conditions": r.conditions,
                    "rules": r.rules,
                    "bypass_actors": r.bypass_actors,
                }
                for r in own
            ],
            "environments": [
                {
                    "name": e.name,
                    "wait_timer": e.wait_timer,
                    "prevent_self_review": e.prevent_self_review,
                    "reviewers": [{"type": kind, "id": number} for kind, number in e.reviewers],
                    "deployment_branch_policy": e.policy,
                    "branch_policies": list(e.policies.values()),
                    "gates": list(e.gates.values()),
                }
                for e in self.environments.values()
            ],
            "actions_variables": [
                {"environment": where, "name": name, "value": one.value}
                for where, vault in places
                for name, one in vault.variables.items()
            ],
            "actions_secrets": [
                {
                    "environment": where,
                    "name": name,
                    "fingerprint": one.fingerprint,
                    "updated_at": stamp(one.updated_at),
                }
                for where, vault in places
                for name, one in vault.secrets.items()
            ],
        }
