"""The reference page says all that the models say, and keeps what people wrote."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from reconciler.kind.base import Kind, OutputField, Part
from reconciler.kind.markers import Essential, External, KeyedBy, Never, RefTo, Replace, ServerDefault, Sugar, WriteOnly
from reconciler.kind.rules import RequiredIf
from reconciler.kind.settings import ProviderSettings, Rate, TokenSettings
from reconciler.kind.types import Days, Handle, ListOf, OneOf, Seconds, Secret, SetOf
from reconciler.report.reference import Reference, index_page, notes_of, reference_page
from reconciler.schema.model import model_schema
from reconciler.values import SecretRef


class ByMail(BaseModel):
    """Sent by mail."""

    model_config = ConfigDict(extra="forbid")
    server: Annotated[str, Field(description="The mail server.")]
    password: Secret | None = None


class ByFile(BaseModel):
    """Put into a file."""

    model_config = ConfigDict(extra="forbid")
    file: str


class AcmeSettings(TokenSettings):
    """One account of Acme."""

    token: Secret = SecretRef("ACME_TOKEN")
    project: Annotated[str, Field(description="The project.")]
    delivery: ByMail | ByFile | None = None

    base_url: ClassVar[str] = "https://api.acme.example"
    url_variable: ClassVar[str] = "ACME_API_URL"
    default_rate: ClassVar[Rate | None] = Rate(per_second=4, burst=8)
    rights_to_plan: ClassVar[tuple[str, ...]] = ("`doors:read`",)
    rights_to_apply: ClassVar[tuple[str, ...]] = ("`doors:write`",)
    unproven: ClassVar[tuple[str, ...]] = ("Doors on <stairs>.",)


class Hinge(Part):
    """One hinge."""

    side: Literal["left", "right"]
    strength: Annotated[int, Field(ge=1, le=9), ServerDefault(3)] = 3


class Door(Kind, collection="doors", identity=("name", "house"), provider="acme"):
    """A door.

    It opens | and it closes.
    """

    settings: ClassVar[type[ProviderSettings]] = AcmeSettings
    loses: ClassVar[str] = "the way in"
    data_bearing: ClassVar[bool] = True
    on_remove: ClassVar[Any] = "retain"
    rules: ClassVar = (RequiredIf("code", when={"kind": ("safe",)}),)
    outputs: ClassVar = {"key": OutputField("what opens it", secret=True)}

    name: str | None = None
    house: Annotated[str, Replace()] = ""
    kind: Annotated[Literal["wood", "safe"], Field(description="What it is made of."), Essential()]
    closes_after: Annotated[Seconds, OneOf(30, 60, 90), ServerDefault(90)] = 90
    code: Annotated[Secret | None, WriteOnly()] = None
    height: Annotated[int, Never("it is built in")] = 2
    opens_to: Annotated[Handle | None, RefTo("doors")] = None
    keeper: Annotated[str | None, External("people", create="hire somebody")] = None
    tags: SetOf[str] = frozenset()
    hinges: Annotated[ListOf[Hinge], KeyedBy("side")] = ()
    easy: Annotated[bool, Sugar()] = False
    kept: Annotated[Days | None, Field(description="null: for ever")] = None
    open: Literal[True] | None = None


def reference(**more: Any) -> Reference:
    schemas = {model: model_schema(model) for model in (AcmeSettings, Door)}
    given: dict[str, Any] = {"title": "Acme", "kinds": {"doors": Door}, **more}
    return Reference("acme", settings=AcmeSettings, schemas=schemas, **given)


PAGE = reference_page(reference())


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("# Acme (`acme`)", id="title"),
        pytest.param("One account of Acme.", id="settings-doc"),
        pytest.param("| `token` | secret | `{secret: ACME_TOKEN}` | Secret: never shown. |", id="setting-secret"),
        pytest.param("| `project` | text |  | **Required.** The project. |", id="setting-required"),
        pytest.param("| `delivery` | ByMail \\| ByFile |  |  |", id="setting-of-two-forms"),
        pytest.param("**ByMail**, in `delivery`. Sent by mail.", id="form"),
        pytest.param("| `server` | text |  | **Required.** The mail server. |", id="field-of-a-form"),
        pytest.param("| `password` | secret |  | Secret: never shown. |", id="secret-of-a-form"),
        pytest.param("- Base URL: `https://api.acme.example`, or `ACME_API_URL`.", id="base-url"),
        pytest.param("- Rate: 4 requests a second, 8 at once, unless `rate:` says otherwise.", id="rate"),
        pytest.param("- `doors:read`", id="rights-to-plan"),
        pytest.param("- `doors:write`", id="rights-to-apply"),
        pytest.param("- Doors on &lt;stairs>.", id="unproven"),
        pytest.param("It opens | and it closes.", id="docstring-whole"),
        pytest.param("- Identity: `name` (the handle, unless written) + `house`.", id="identity"),
        pytest.param("- Removed from `desired/`: `retain`; `lifecycle.on_remove` may say `delete`.", id="removals"),
        pytest.param("- Removal loses: the way in.", id="loses"),
        pytest.param("- Holds data: never replaced, and deleted only with an approval.", id="data"),
        pytest.param("| `house` | text |  | delete and create |  |", id="replace"),
        pytest.param("| `height` | whole number |  | never: it is built in |  |", id="never"),
        pytest.param(
            "| `kind` | wood \\| safe |  | in place | **Required.** What it is made of. `import` always writes it. |",
            id="essential",
        ),
        pytest.param(
            "| `closes_after` | whole number, in seconds or as `3m` | `90` (1m 30s) | in place | One of 30, 60, 90. |",
            id="unit-default-values",
        ),
        pytest.param(
            "| `code` | secret |  | in place | Secret: never shown. Write-only: the API never returns it; a change "
            "outside shows by its time, where the API tells one. |",
            id="write-only",
        ),
        pytest.param("| `opens_to` | text |  | in place | Names one of `doors`. |", id="reference"),
        pytest.param(
            "| `keeper` | text |  | in place | Names one of the people, which are not managed here: hire somebody. |",
            id="external",
        ),
        pytest.param(
            "| `kept` | whole number, in days or as `7d` |  | in place | null: for ever. |", id="days-and-value-first"
        ),
        pytest.param("| `open` | `true` |  | in place |  |", id="one-value"),
        pytest.param("| `tags` | set of text |  | in place |  |", id="set"),
        pytest.param("| `hinges` | list of Hinge, by `side` |  | in place |  |", id="keyed-list"),
        pytest.param("**Hinge**, in `hinges`. One hinge.", id="part"),
        pytest.param("| `strength` | whole number | `3` | in place | At least 1 and at most 9. |", id="bounds"),
        pytest.param("- code is required when kind is safe.", id="rule"),
        pytest.param("- `key`: what opens it (secret).", id="output"),
    ],
)
def test_the_page_says(line: str) -> None:
    assert line in PAGE.splitlines()


def test_sugar_is_said_to_be_no_field_of_the_vendor() -> None:
    assert any(row.startswith("| `easy` |") and "Not a field of the vendor" in row for row in PAGE.splitlines())


def test_what_was_written_by_hand_is_kept_and_the_rest_made_anew() -> None:
    written = PAGE.replace("<!-- notes: doors -->\n", "<!-- notes: doors -->\nMind the step.\n\n- Twice.\n")
    stale = written.replace("One account of Acme.", "Something old.")
    assert reference_page(reference(), stale) == written
    assert reference_page(reference(), written) == written


def test_notes_of_a_collection_that_is_gone_are_not_lost() -> None:
    before = "<!-- notes: windows -->\nWash them.\n<!-- /notes -->\n<!-- notes: more -->\nThe end.\n<!-- /notes -->\n"
    made = reference_page(reference(), before)
    assert notes_of(made)["more"] == "The end.\n\nWash them."
    assert reference_page(reference(), made) == made


def test_what_nobody_has_written_down_is_said_to_be_missing() -> None:
    class Bare(ProviderSettings):
        """Nothing."""

    made = reference_page(Reference("bare", "bare", Bare, {}, {Bare: model_schema(Bare)}))
    assert made.startswith("# Provider `bare`\n")
    assert made.count("Not written down yet.") == 3


def test_the_index_leads_to_every_collection() -> None:
    page = index_page({"acme": reference()})
    assert "[Acme](acme.md)" in page
    assert "[`doors`](acme.md#doors)" in page
    assert "[1 thing](acme.md#never-run-against-the-live-service)" in page
