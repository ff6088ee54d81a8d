"""Simulators of every provider that ships one, run together: what a provider's sandbox imports to take part.

Names are resolved on first use: who only reads hand edits needs no web framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.sandbox.edits import HandEdit as HandEdit
    from reconciler.sandbox.edits import HandEdits as HandEdits
    from reconciler.sandbox.simulator import HttpSandbox as HttpSandbox
    from reconciler.sandbox.simulator import SimulatedApi as SimulatedApi
    from reconciler.sandbox.simulator import SimulatedApp as SimulatedApp
    from reconciler.sandbox.simulator import call as call
    from reconciler.sandbox.simulator import reads_only as reads_only
    from reconciler.sandbox.trouble import RateLimit as RateLimit
    from reconciler.sandbox.trouble import Trouble as Trouble
    from reconciler.sandbox.trouble import Troubled as Troubled

_HOMES = {
    "edits": "HandEdit HandEdits",
    "simulator": "HttpSandbox SimulatedApi SimulatedApp call reads_only",
    "trouble": "RateLimit Trouble Troubled",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'reconciler.sandbox' has no attribute {name!r}")
    return getattr(import_module(f"reconciler.sandbox.{_HOME_OF[name]}"), name)
