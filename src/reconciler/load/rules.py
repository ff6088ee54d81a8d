"""The form of the files in `desired/policies/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, WithJsonSchema

from reconciler.kind.base import Part
from reconciler.kind.rules import AtLeastOne, NotBoth
from reconciler.kind.types import ListOf
from reconciler.load.names import RULE, RULES

# The published schema has its recursive part put in place of these words (`reconciler.schema.policies`).
CONDITION, FIELD_CONDITION = "condition", "field condition"
Condition = Annotated[Any, WithJsonSchema({"x-is": CONDITION})]
FieldCondition = Annotated[Any, WithJsonSchema({"x-is": FIELD_CONDITION})]
KindName = Annotated[str, Field(pattern=r"^(\*|[a-z][a-z0-9_]*)$")]
Fields = Annotated[Mapping[str, FieldCondition], Field(min_length=1)]
_FORMS = ("require", "count", "document", "check")


class RuleForm(Part):
    """One rule: which objects it is about, what has to hold, and what people are told when it does not."""

    rules: ClassVar = (
        AtLeastOne(_FORMS, {}),
        NotBoth(_FORMS, "a rule has one of them; write two rules"),
        AtLeastOne(("kind", "document"), {}),
        NotBoth(("kind", "document"), "the document holds objects of every kind"),
        NotBoth(("where", "document"), "where chooses objects of a kind"),
    )

    kind: Annotated[
        KindName | Annotated[ListOf[KindName], Field(min_length=1)],
        Field(description='The collection, or a list of several. "*": every collection.'),
    ] = ""
    where: Annotated[
        Fields, Field(description="Only objects for which all of these hold: a value, or a JSON Schema, by field.")
    ] = {}  # noqa: RUF012
    require: Annotated[
        Fields, Field(description="What has to hold for each object: a value, or a JSON Schema, by field.")
    ] = {}  # noqa: RUF012
    count: Annotated[
        Condition, Field(description="What has to hold for the number of objects, as in {minimum: 1, maximum: 10}.")
    ] = None
    document: Annotated[
        Condition, Field(description="What has to hold for {resources: [...], changes: [...]} as a whole.")
    ] = None
    check: Annotated[
        Literal["no-plaintext-secrets"],
        Field(description="A check that no schema can express. no-plaintext-secrets: no text looks like a secret."),
    ] = "no-plaintext-secrets"
    message: Annotated[str, Field(pattern=r"\S", description="What people are told: why, and what to do.")]
    severity: Annotated[
        Literal["deny", "warn"], Field(description="deny: nothing is applied (exit 3). warn: it is said.")
    ] = "deny"
    on_unknown: Annotated[
        Literal["fail", "warn"],
        Field(description="When a field that decides could not be read. fail: as if it broke the rule. warn: say it."),
    ] = "fail"


class PoliciesForm(Part):
    """Rules that every plan is judged by."""

    entries: Annotated[
        Mapping[Annotated[str, Field(pattern=RULE)], RuleForm], Field(alias=RULES, description="Rules by name.")
    ]
