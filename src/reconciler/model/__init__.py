"""The frozen values that deciding works on. Nothing here does I/O or knows a vendor.

One word per idea: *desired* is what the YAML says, *live* what the API reports now, *recorded* what we last applied.
"""

from reconciler.model.changes import LEDGER_ONLY as LEDGER_ONLY
from reconciler.model.changes import Adopt as Adopt
from reconciler.model.changes import Cause as Cause
from reconciler.model.changes import Change as Change
from reconciler.model.changes import ChangeBase as ChangeBase
from reconciler.model.changes import Create as Create
from reconciler.model.changes import Delete as Delete
from reconciler.model.changes import Disable as Disable
from reconciler.model.changes import FieldDiff as FieldDiff
from reconciler.model.changes import Forget as Forget
from reconciler.model.changes import Hold as Hold
from reconciler.model.changes import Record as Record
from reconciler.model.changes import Recreate as Recreate
from reconciler.model.changes import Release as Release
from reconciler.model.changes import Retain as Retain
from reconciler.model.changes import Update as Update
from reconciler.model.objects import ABSENT as ABSENT
from reconciler.model.objects import WHOLE as WHOLE
from reconciler.model.objects import Absent as Absent
from reconciler.model.objects import Address as Address
from reconciler.model.objects import Identity as Identity
from reconciler.model.objects import Lifecycle as Lifecycle
from reconciler.model.objects import Live as Live
from reconciler.model.objects import OnDrift as OnDrift
from reconciler.model.objects import OnRemove as OnRemove
from reconciler.model.objects import Recorded as Recorded
from reconciler.model.objects import Resource as Resource
from reconciler.model.objects import Scope as Scope
from reconciler.model.plan import Approval as Approval
from reconciler.model.plan import ApprovalNote as ApprovalNote
from reconciler.model.plan import Drift as Drift
from reconciler.model.plan import DriftType as DriftType
from reconciler.model.plan import Pending as Pending
from reconciler.model.plan import Plan as Plan
from reconciler.model.plan import ProviderStatus as ProviderStatus
from reconciler.model.plan import UnknownState as UnknownState
from reconciler.model.plan import Unmanaged as Unmanaged
from reconciler.model.policy import UNJUDGED as UNJUDGED
from reconciler.model.policy import Finding as Finding
from reconciler.model.policy import Judgement as Judgement
from reconciler.model.policy import Rule as Rule
from reconciler.model.policy import RuleChange as RuleChange
