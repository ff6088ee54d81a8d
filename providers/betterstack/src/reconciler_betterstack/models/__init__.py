"""One pydantic model per kind: all that the tool and its users need to know about it without calling the API."""

from reconciler_betterstack.models.common import BetterStackSettings as BetterStackSettings
from reconciler_betterstack.models.escalations import Escalation as Escalation
from reconciler_betterstack.models.escalations import Urgency as Urgency
from reconciler_betterstack.models.heartbeats import Heartbeat as Heartbeat
from reconciler_betterstack.models.heartbeats import HeartbeatGroup as HeartbeatGroup
from reconciler_betterstack.models.monitors import Monitor as Monitor
from reconciler_betterstack.models.monitors import MonitorGroup as MonitorGroup
from reconciler_betterstack.models.status_pages import StatusPage as StatusPage
