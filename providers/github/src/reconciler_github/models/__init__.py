"""One pydantic model per kind: all that the tool and its users need to know about it without calling the API."""

from reconciler_github.models.actions import ActionsSecret as ActionsSecret
from reconciler_github.models.actions import ActionsVariable as ActionsVariable
from reconciler_github.models.common import GitHubSettings as GitHubSettings
from reconciler_github.models.environments import Environment as Environment
from reconciler_github.models.rulesets import Ruleset as Ruleset
