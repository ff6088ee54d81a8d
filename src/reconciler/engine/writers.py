"""Connections that write: opened late, for what an apply is about to do, and on the account that was read."""

from __future__ import annotations

import logging

from reconciler.engine.authority import not_opened, of_another_account
from reconciler.engine.connect import Connector
from reconciler.errors import ProviderError, ReconcilerError
from reconciler.kind.settings import ProviderSettings
from reconciler.model import Scope
from reconciler.provider import Provider

log = logging.getLogger("reconciler.apply")


async def open_writer(
    connector: Connector, name: str, settings: ProviderSettings, read: Scope | None
) -> Provider | ProviderError:
    """Return a writing connection to an instance, or why there is none. `read` is the account that the plan is of."""
    try:
        provider = await connector.open(name, read_only=False)
        scope = await provider.whoami()
    except ReconcilerError as error:
        return not_opened(error)
    except Exception as error:
        # A plugin's own bug must not stop the other instances, here as little as when reading.
        log.exception("instance %s failed", name)
        return not_opened(ReconcilerError(f"the provider failed with {type(error).__name__}: a bug in it, see -vv"))
    if scope != read:
        return of_another_account(settings, scope, read)
    return provider
