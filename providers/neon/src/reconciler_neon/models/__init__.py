"""One pydantic model per kind: all that the tool and its users need to know about it without calling the API."""

from reconciler_neon.models.access import Database as Database
from reconciler_neon.models.access import Role as Role
from reconciler_neon.models.backups import Backups as Backups
from reconciler_neon.models.branches import Branch as Branch
from reconciler_neon.models.common import NeonSettings as NeonSettings
from reconciler_neon.models.computes import Endpoint as Endpoint
from reconciler_neon.models.project import Project as Project
