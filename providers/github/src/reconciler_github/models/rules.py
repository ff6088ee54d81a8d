"""The rules of a ruleset, by their type, with the parameters of each, as the schema `repository-rule` has them.

A parameter that GitHub requires is required here; one that it fills in is optional, and left alone while not written.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reconciler import Essential, Handle, KeyedBy, ListOf, Minutes, Part, RefTo, SetOf
from reconciler_github.models.common import Text

Number = Annotated[int, Field(ge=0, le=100)]
Operator = Literal["starts_with", "ends_with", "contains", "regex"]


class NoParameters(Part):
    """A rule that is there or not: `{}`, or null to remove it."""


class UpdateRule(Part):
    """Only who may bypass the ruleset updates matching refs."""

    update_allows_fetch_and_merge: bool


class PullRequestRule(Part):
    """Changes come by pull request."""

    required_approving_review_count: Annotated[int, Field(ge=0, le=10)]
    dismiss_stale_reviews_on_push: bool
    require_code_owner_review: bool
    require_last_push_approval: bool = Field(description="the last push is approved by somebody else than who pushed")
    required_review_thread_resolution: bool
    allowed_merge_methods: Annotated[SetOf[Literal["merge", "squash", "rebase"]], Field(min_length=1)] | None = Field(
        None, description="GitHub allows what the repository allows when it is left out"
    )


class StatusCheck(Part):
    """One check, by the name it is reported under: for a workflow, the `name` of the job."""

    context: Text
    integration_id: int | None = Field(None, description="of the GitHub App that must report it; 15368 is Actions")


class RequiredStatusChecksRule(Part):
    """Checks pass before a ref is updated."""

    required_status_checks: Annotated[ListOf[StatusCheck], KeyedBy("context")]
    strict_required_status_checks_policy: bool = Field(description="the branch has to be up to date before it merges")
    do_not_enforce_on_create: bool | None = None


class MergeQueueRule(Part):
    """Pull requests merge through a queue."""

    check_response_timeout_minutes: Annotated[Minutes, Field(ge=1, le=360)]
    grouping_strategy: Literal["ALLGREEN", "HEADGREEN"]
    max_entries_to_build: Number
    max_entries_to_merge: Number
    merge_method: Literal["MERGE", "SQUASH", "REBASE"]
    min_entries_to_merge: Number
    min_entries_to_merge_wait_minutes: Annotated[Minutes, Field(ge=0, le=360)]


class RequiredDeploymentsRule(Part):
    """What is merged was deployed to these environments."""

    required_deployment_environments: SetOf[Annotated[Handle, RefTo("environments")]]


class PatternRule(Part):
    """A text matches, or does not."""

    operator: Operator
    pattern: Text
    negate: bool | None = None
    name: str | None = None


class Workflow(Part):
    """A workflow file that must have run."""

    path: Text
    repository_id: int
    ref: str | None = None
    sha: str | None = None


class WorkflowsRule(Part):
    """Workflows pass before a ref is updated. GitHub Enterprise."""

    workflows: ListOf[Workflow]
    do_not_enforce_on_create: bool | None = None


class CodeScanningTool(Part):
    """One tool, and from which severity on it blocks."""

    tool: Text
    alerts_threshold: Literal["none", "errors", "errors_and_warnings", "all"]
    security_alerts_threshold: Literal["none", "critical", "high_or_higher", "medium_or_higher", "all"]


class CodeScanningRule(Part):
    """Code scanning has reported, and found nothing that blocks."""

    code_scanning_tools: Annotated[ListOf[CodeScanningTool], KeyedBy("tool")]


class CopilotReviewRule(Part):
    """Copilot is asked for a review."""

    review_draft_pull_requests: Annotated[bool | None, Essential()] = None
    review_on_push: Annotated[bool | None, Essential()] = None


class FilePathRule(Part):
    """No push touches these paths."""

    restricted_file_paths: SetOf[Text]


class FilePathLengthRule(Part):
    """No path is longer."""

    max_file_path_length: Annotated[int, Field(ge=1, le=32767)]


class FileExtensionRule(Part):
    """No push brings these kinds of files."""

    restricted_file_extensions: SetOf[Text]


class FileSizeRule(Part):
    """No file is larger."""

    max_file_size: Annotated[int, Field(ge=1, le=100, description="megabytes")]


class Rules(Part):
    """Every type of rule. Types that are not written are left as they are; null removes a rule."""

    creation: NoParameters | None = None
    update: UpdateRule | None = None
    deletion: NoParameters | None = Field(None, description="matching refs cannot be deleted")
    non_fast_forward: NoParameters | None = Field(None, description="no force pushes")
    required_linear_history: NoParameters | None = None
    required_signatures: NoParameters | None = None
    pull_request: PullRequestRule | None = None
    required_status_checks: RequiredStatusChecksRule | None = None
    merge_queue: MergeQueueRule | None = None
    required_deployments: RequiredDeploymentsRule | None = None
    commit_message_pattern: PatternRule | None = None
    commit_author_email_pattern: PatternRule | None = None
    committer_email_pattern: PatternRule | None = None
    branch_name_pattern: PatternRule | None = None
    tag_name_pattern: PatternRule | None = None
    workflows: WorkflowsRule | None = None
    code_scanning: CodeScanningRule | None = None
    copilot_code_review: CopilotReviewRule | None = None
    license_compliance_scanning: NoParameters | None = None
    file_path_restriction: FilePathRule | None = Field(None, description="for target push, as the three below")
    max_file_path_length: FilePathLengthRule | None = None
    file_extension_restriction: FileExtensionRule | None = None
    max_file_size: FileSizeRule | None = None


PUSH_RULES = ("file_path_restriction", "max_file_path_length", "file_extension_restriction", "max_file_size")
"""The rules of a ruleset that targets pushes."""
