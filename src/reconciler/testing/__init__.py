"""What the tests of providers and of the engine stand on. Names are resolved on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.testing.account import Account as Account
    from reconciler.testing.clock import FakeClock as FakeClock
    from reconciler.testing.clock import virtual_runtime as virtual_runtime
    from reconciler.testing.conformance import Conforming as Conforming
    from reconciler.testing.conformance import documents as documents
    from reconciler.testing.contract import ProviderContract as ProviderContract
    from reconciler.testing.harness import Harness as Harness
    from reconciler.testing.harness import Sample as Sample
    from reconciler.testing.memory import MemoryProvider as MemoryProvider
    from reconciler.testing.memory import memory_catalog as memory_catalog
    from reconciler.testing.memory import memory_provider as memory_provider
    from reconciler.testing.project import project_of as project_of
    from reconciler.testing.project import write_project as write_project
    from reconciler.testing.rim import Fault as Fault
    from reconciler.testing.rim import FaultRim as FaultRim
    from reconciler.testing.rim import MemoryRim as MemoryRim
    from reconciler.testing.simulated import OpenSimulated as OpenSimulated
    from reconciler.testing.simulated import Simulated as Simulated
    from reconciler.testing.wire import FaultTransport as FaultTransport
    from reconciler.testing.world import MemoryWorld as MemoryWorld

_HOMES = {
    "account": "Account",
    "clock": "FakeClock virtual_runtime",
    "conformance": "Conforming documents",
    "contract": "ProviderContract",
    "harness": "Harness Sample",
    "memory": "MemoryProvider memory_catalog memory_provider",
    "project": "project_of write_project",
    "rim": "Fault FaultRim MemoryRim",
    "simulated": "OpenSimulated Simulated",
    "wire": "FaultTransport",
    "world": "MemoryWorld",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'reconciler.testing' has no attribute {name!r}")
    return getattr(import_module(f"reconciler.testing.{_HOME_OF[name]}"), name)
