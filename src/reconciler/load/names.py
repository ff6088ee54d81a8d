"""What may be called what: the names a user chooses, as patterns that the models and the schemas share."""

from __future__ import annotations

# No slash, since an address is collection/handle. Control characters are listed: regex engines differ on them in \s.
HANDLE = r"^[^\s/\x00-\x1f\x7f]+$"
INSTANCE = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
ENVIRONMENT = r"^[a-z0-9][a-z0-9_-]*$"  # names a git ref and a lock
DIGEST = r"^[0-9a-f]{12,64}$"
DATE = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
ENVIRONMENT_KEYS = ("environment", "providers", "collections", "secrets", "apply_from")
APPROVALS = "approvals"
POLICIES = "policies/"  # below desired/: files of rules
RULES = "rules"  # the one key of such a file
RULE = r"^[a-z0-9][a-z0-9-]*$"
ENVIRONMENT_FILES = ("environment.yaml", "environment.yml")
APPROVALS_FILES = ("approvals.yaml", "approvals.yml")
