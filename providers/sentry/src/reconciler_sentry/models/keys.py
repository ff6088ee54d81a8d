"""Client keys: what an application is given to send events, also called DSN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler import Never, OutputField, Part, Seconds, ServerDefault
from reconciler_sentry.models.common import Project, SentryKind, Text


class KeyRateLimit(Part):
    """How many events the key takes."""

    window: Annotated[Seconds, Field(ge=0, le=86_400)] = Field(description="the time in which they are counted")
    count: Annotated[int, Field(ge=0)]


class LoaderOptions(Part):
    """What the loader script of this key switches on in browsers."""

    hasReplay: bool | None = None
    hasPerformance: bool | None = None
    hasDebug: bool | None = None
    hasFeedback: bool | None = None
    hasLogsAndMetrics: bool | None = None


class ClientKey(SentryKind, collection="client_keys", identity="name"):
    """A client key of the project. Every project begins with one named Default."""

    loses = "every event of applications that still send with it"
    outputs: ClassVar[Mapping[str, OutputField]] = {
        "dsn": OutputField("the address applications send events to; public, it is in every browser")
    }

    name: Text = Field("", max_length=64, description="not unique at Sentry: two of one name are left alone")
    project: Project | None = Field(None, description="orders the creation of the project and its keys")
    isActive: Annotated[bool, ServerDefault(True)] = True
    rateLimit: Annotated[KeyRateLimit | None, ServerDefault(None)] = Field(None, description="null: unlimited")
    useCase: Annotated[
        Literal["user", "profiling", "tempest", "demo"],
        ServerDefault("user"),
        Never("Sentry takes it only when the key is created"),
    ] = "user"
    browserSdkVersion: Literal["latest", "7.x"] | None = Field(None, description="of the loader script")
    dynamicSdkLoaderOptions: LoaderOptions | None = None
