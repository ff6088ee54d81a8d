"""The names a provider author imports, and nothing else. Resolved on first use, so that importing this is cheap."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.errors import AnswerLost as AnswerLost
    from reconciler.errors import Busy as Busy
    from reconciler.errors import CredentialRejected as CredentialRejected
    from reconciler.errors import Location as Location
    from reconciler.errors import NotFound as NotFound
    from reconciler.errors import ProtocolError as ProtocolError
    from reconciler.errors import ProviderError as ProviderError
    from reconciler.errors import ReadOnlyViolation as ReadOnlyViolation
    from reconciler.errors import Refused as Refused
    from reconciler.errors import Unavailable as Unavailable
    from reconciler.http.answer import as_id as as_id
    from reconciler.http.client import Answer as Answer
    from reconciler.http.client import HttpClient as HttpClient
    from reconciler.http.failures import Denied as Denied
    from reconciler.http.pages import by_cursor as by_cursor
    from reconciler.http.pages import by_page as by_page
    from reconciler.http.pages import follow_link as follow_link
    from reconciler.http.pages import follow_next as follow_next
    from reconciler.http.pages import numbered as numbered
    from reconciler.http.provider import HttpProvider as HttpProvider
    from reconciler.http.provider import KindCalls as KindCalls
    from reconciler.kind.base import Expansion as Expansion
    from reconciler.kind.base import Kind as Kind
    from reconciler.kind.base import OutputField as OutputField
    from reconciler.kind.base import Part as Part
    from reconciler.kind.base import Removal as Removal
    from reconciler.kind.base import Unfolded as Unfolded
    from reconciler.kind.base import written as written
    from reconciler.kind.markers import Essential as Essential
    from reconciler.kind.markers import External as External
    from reconciler.kind.markers import Follows as Follows
    from reconciler.kind.markers import KeyedBy as KeyedBy
    from reconciler.kind.markers import MayBeText as MayBeText
    from reconciler.kind.markers import Never as Never
    from reconciler.kind.markers import OnlyAtCreation as OnlyAtCreation
    from reconciler.kind.markers import RefTo as RefTo
    from reconciler.kind.markers import Replace as Replace
    from reconciler.kind.markers import ServerDefault as ServerDefault
    from reconciler.kind.markers import Sugar as Sugar
    from reconciler.kind.markers import Unit as Unit
    from reconciler.kind.markers import WriteOnly as WriteOnly
    from reconciler.kind.rules import AtLeastOne as AtLeastOne
    from reconciler.kind.rules import NotBoth as NotBoth
    from reconciler.kind.rules import OneOfIf as OneOfIf
    from reconciler.kind.rules import OnlyIf as OnlyIf
    from reconciler.kind.rules import RequiredIf as RequiredIf
    from reconciler.kind.settings import ProviderSettings as ProviderSettings
    from reconciler.kind.settings import Rate as Rate
    from reconciler.kind.settings import TokenSettings as TokenSettings
    from reconciler.kind.types import Days as Days
    from reconciler.kind.types import Handle as Handle
    from reconciler.kind.types import Hours as Hours
    from reconciler.kind.types import ListOf as ListOf
    from reconciler.kind.types import Milliseconds as Milliseconds
    from reconciler.kind.types import Minutes as Minutes
    from reconciler.kind.types import OneOf as OneOf
    from reconciler.kind.types import Output as Output
    from reconciler.kind.types import Seconds as Seconds
    from reconciler.kind.types import Secret as Secret
    from reconciler.kind.types import SetOf as SetOf
    from reconciler.kind.types import Url as Url
    from reconciler.model import Address as Address
    from reconciler.model import Adopt as Adopt
    from reconciler.model import Change as Change
    from reconciler.model import Create as Create
    from reconciler.model import Disable as Disable
    from reconciler.model import FieldDiff as FieldDiff
    from reconciler.model import Lifecycle as Lifecycle
    from reconciler.model import Live as Live
    from reconciler.model import Recreate as Recreate
    from reconciler.model import Resource as Resource
    from reconciler.model import Scope as Scope
    from reconciler.model import Update as Update
    from reconciler.provider import Connection as Connection
    from reconciler.provider import ExternalObject as ExternalObject
    from reconciler.provider import Preview as Preview
    from reconciler.provider import Provider as Provider
    from reconciler.provider import SandboxRequest as SandboxRequest
    from reconciler.provider import SandboxService as SandboxService
    from reconciler.runtime import Runtime as Runtime
    from reconciler.secrecy import entropy as entropy
    from reconciler.secrecy import secret_shape as secret_shape
    from reconciler.values import Generated as Generated
    from reconciler.values import OutputRef as OutputRef
    from reconciler.values import SecretRef as SecretRef
    from reconciler.values import SecretValue as SecretValue
    from reconciler.values import Unknown as Unknown
    from reconciler.values import Unreadable as Unreadable

_HOMES = {
    "errors": "AnswerLost Busy CredentialRejected Location NotFound ProtocolError ProviderError ReadOnlyViolation "
    "Refused Unavailable",
    "http.answer": "as_id",
    "http.client": "Answer HttpClient",
    "http.failures": "Denied",
    "http.pages": "by_cursor by_page follow_link follow_next numbered",
    "http.provider": "HttpProvider KindCalls",
    "kind.base": "Expansion Kind OutputField Part Removal Unfolded written",
    "kind.markers": "Essential External Follows KeyedBy MayBeText Never OnlyAtCreation RefTo Replace ServerDefault "
    "Sugar Unit WriteOnly",
    "kind.rules": "AtLeastOne NotBoth OneOfIf OnlyIf RequiredIf",
    "kind.settings": "ProviderSettings Rate TokenSettings",
    "kind.types": "Days Handle Hours ListOf Milliseconds Minutes OneOf Output Seconds Secret SetOf Url",
    "model": "Address Adopt Change Create Disable FieldDiff Lifecycle Live Recreate Resource Scope Update",
    "provider": "Connection ExternalObject Preview Provider SandboxRequest SandboxService",
    "runtime": "Runtime",
    "secrecy": "entropy secret_shape",
    "values": "Generated OutputRef SecretRef SecretValue Unknown Unreadable",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'reconciler' has no attribute {name!r}")
    return getattr(import_module(f"reconciler.{_HOME_OF[name]}"), name)
