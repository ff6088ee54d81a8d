"""What a user of GitHub writes, and changes it to: for the contract suite and for simulations."""

from __future__ import annotations

from reconciler.testing import Sample

PULL_REQUEST = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}
CHECKS = {"required_status_checks": [{"context": "Lint"}, {"context": "Build", "integration_id": 15368}]}

SAMPLES = (
    Sample(
        "rulesets/main",
        {
            "name": "Protect main",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH", "refs/heads/release/*"]}},
            "rules": {
                "deletion": {},
                "non_fast_forward": {},
                "pull_request": PULL_REQUEST,
                "required_status_checks": {**CHECKS, "strict_required_status_checks_policy": True},
                "required_deployments": {"required_deployment_environments": ["production"]},
            },
            "bypass_actors": [
                {"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "pull_request"},
                {"actor_type": "OrganizationAdmin"},
                {"actor_type": "DeployKey"},
            ],
        },
        {
            "name": "Protect main",
            "enforcement": "active",
            "conditions": {"ref_name": {"include": ["~ALL"], "exclude": ["refs/heads/wip/*"]}},
            "rules": {
                "deletion": None,
                "non_fast_forward": {},
                "required_signatures": {},
                "pull_request": {**PULL_REQUEST, "allowed_merge_methods": ["squash"]},
                "required_status_checks": {
                    "required_status_checks": [{"context": "Build"}, {"context": "Test"}],
                    "strict_required_status_checks_policy": False,
                },
                "branch_name_pattern": {"operator": "starts_with", "pattern": "release/", "negate": True},
                "merge_queue": {
                    "check_response_timeout_minutes": "1h",
                    "grouping_strategy": "ALLGREEN",
                    "max_entries_to_build": 5,
                    "max_entries_to_merge": 5,
                    "merge_method": "SQUASH",
                    "min_entries_to_merge": 1,
                    "min_entries_to_merge_wait_minutes": 5,
                },
            },
            "bypass_actors": [],
        },
    ),
    Sample(
        "rulesets/no-binaries",
        {
            "enforcement": "active",
            "target": "push",
            "rules": {
                "file_extension_restriction": {"restricted_file_extensions": ["exe", "dll"]},
                "max_file_size": {"max_file_size": 10},
            },
        },
        {"enforcement": "disabled", "target": "push", "rules": {"max_file_size": {"max_file_size": 20}}},
    ),
    Sample(
        "environments/production",
        {
            "wait_timer": "30m",
            "reviewers": ["User/Alice", "Team/platform"],
            "prevent_self_review": True,
            "deployment_branch_policy": "custom_branch_policies",
            "branch_policies": {"branch": ["main", "release/*"], "tag": ["v*"]},
        },
        {
            "wait_timer": 0,
            "reviewers": ["User/bob"],
            "prevent_self_review": False,
            "deployment_branch_policy": "custom_branch_policies",
            "branch_policies": {"branch": ["main", "hotfix/*"], "tag": []},
        },
    ),
    Sample(
        "environments/preview",
        {"name": "preview", "deployment_branch_policy": "protected_branches"},
        {"name": "preview", "deployment_branch_policy": None, "wait_timer": 5},
    ),
    Sample("actions_variables/R2_PUBLIC_URL", {"value": "https://cdn.example.com"}, {"value": "https://cdn2.test"}),
    Sample(
        "actions_variables/region-production",
        {"name": "region", "environment": "production", "value": "iad1"},
        {"name": "region", "environment": "production", "value": "fra1"},
    ),
    Sample(
        "actions_secrets/NEXTAUTH_SECRET",
        {"value": {"secret": "NEXTAUTH_SECRET"}},
        {"value": {"secret": "NEXTAUTH_SECRET_2"}},
    ),
    Sample(
        "actions_secrets/deploy-production",
        {"name": "deploy_key", "environment": "production", "value": {"secret": "DEPLOY_KEY"}},
        {"name": "deploy_key", "environment": "production", "value": {"secret": "DEPLOY_KEY_2"}},
    ),
)
