"""One pydantic model per kind: all that the tool and its users need to know about it without calling the API."""

from reconciler_sentry.models.alerts import Alert as Alert
from reconciler_sentry.models.common import SentrySettings as SentrySettings
from reconciler_sentry.models.dashboards import Dashboard as Dashboard
from reconciler_sentry.models.keys import ClientKey as ClientKey
from reconciler_sentry.models.monitors import MetricMonitor as MetricMonitor
from reconciler_sentry.models.projects import SentryProject as SentryProject
from reconciler_sentry.models.tiers import AlertTier as AlertTier
