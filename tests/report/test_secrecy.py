"""No secret value, and no character that steers a terminal, in any rendering of any plan."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import Location
from reconciler.model import ABSENT, Address, Drift, FieldDiff, Hold, Pending, ProviderStatus, UnknownState, Unmanaged
from reconciler.outcome import NotConverged, Outcome, Result
from reconciler.report import markdown, text
from reconciler.report.document import outcome_document, plan_document
from reconciler.report.saved import saved_document
from reconciler.values import SecretRef, SecretValue

CANARY = "canary-Zx81!"
HOSTILE = "\x1b[2J\x9b31m\r\u202e</details>```\n@everyone"

secrets = st.sampled_from([SecretValue(CANARY), SecretValue(CANARY * 40), SecretValue(f"line\n{CANARY}")])
leaves = st.none() | st.integers() | st.text(max_size=8) | st.just(ABSENT) | st.just(SecretRef("NAME")) | secrets
trees = st.recursive(
    leaves, lambda s: st.lists(s, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=4), s, max_size=3)
)
raw = st.just(CANARY) | st.just((CANARY, {CANARY: CANARY})) | st.just(f"a\n{CANARY}\n") | trees  # only in secret fields
causes = st.sampled_from(["desired", "drift", "conflict", "rotate", "new", "released", "foreign"])
path = st.just(("a", 0, "b"))
open_fields = st.builds(FieldDiff, path, trees, trees, causes, st.just(False), trees, st.text(max_size=5))
secret_fields = st.builds(FieldDiff, path, raw, raw, causes, st.just(True), raw, st.text(max_size=5))
named_fields = st.builds(FieldDiff, path, raw, st.just(SecretRef("N")), causes, st.just(False), raw)
inner_rows = st.tuples(st.just("[0].token"), raw, secrets).map(lambda row: (row,))
inner_fields = st.builds(FieldDiff, path, trees, trees, causes, st.booleans(), trees, st.just(""), inner_rows)
fields = st.lists(open_fields | secret_fields | named_fields | inner_fields, max_size=4).map(tuple)


def renderings(plan, outcome):
    yield text.render_plan(plan)
    yield text.render_drift(plan)
    yield text.render_outcome(outcome)
    yield markdown.render_plan(plan)
    yield markdown.render_drift(plan)
    yield markdown.render_outcome(outcome)
    yield json.dumps(plan_document(plan))
    yield json.dumps(outcome_document(outcome))
    yield json.dumps(saved_document(plan, "1.0.0"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_no_secret_value_is_in_any_rendering(make, data):
    changes = []
    for number, action in enumerate(make.actions):
        given_fields = data.draw(fields)
        # In what a change carries whole (live values, a spec) a secret is a SecretValue.
        values = {"token": data.draw(secrets), "open": data.draw(trees), "deep": (data.draw(secrets),)}
        changes.append(make.change(action, f"monitors/m{number}", fields=given_fields, values=values, spec=values))
    drawn = data.draw(fields)
    plan = make.plan(*changes, drift=(Drift(Address("monitors", "m"), "changed", drawn),))
    outcome = Outcome(plan=plan, not_converged=(NotConverged(Address("monitors", "m"), "update", drawn),))
    for rendering in renderings(plan, outcome):
        assert CANARY not in rendering
        assert CANARY not in rendering.replace("\n", "")


def hostile_world(make):
    place = Location(HOSTILE, 3)
    address = f"monitors/{HOSTILE}"
    changes = [
        make.change(
            action,
            address,
            why=(HOSTILE,),
            notes=(HOSTILE,),
            danger=HOSTILE,
            held=(Hold(HOSTILE, HOSTILE, HOSTILE, make.digest("x")),) if number % 2 else (),
            live_id=HOSTILE,
            spec={HOSTILE: HOSTILE},
            fields=(
                FieldDiff((HOSTILE,), HOSTILE, {HOSTILE: HOSTILE}, origin=HOSTILE, inner=((HOSTILE, HOSTILE, 1),)),
            ),
        )
        for number, action in enumerate(make.actions)
    ]
    plan = make.plan(
        *changes,
        environment=HOSTILE,
        commit=HOSTILE,
        drift=(Drift(Address("m", HOSTILE), "changed", changes[0].fields, HOSTILE),),
        unmanaged=(
            Unmanaged(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
            Unmanaged(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        ),
        unknown=(UnknownState(HOSTILE, HOSTILE, HOSTILE, True),),
        pending=(Pending(Address("m", HOSTILE), HOSTILE),),
        providers={HOSTILE: ProviderStatus("ok", account=HOSTILE), "b": ProviderStatus("skipped", HOSTILE)},
        notices=(HOSTILE, place.file),
    )
    row = Result(Address("m", HOSTILE), "update", "failed", HOSTILE, HOSTILE, (HOSTILE,))
    return plan, Outcome(plan=plan, results=(row,), run=HOSTILE, notices=(HOSTILE,), errors=(HOSTILE,))


def test_nothing_from_a_vendor_or_a_file_can_steer_the_terminal(make):
    for rendering in renderings(*hostile_world(make)):
        steering = {c for c in rendering if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
        assert steering <= {"\n", "\u200b"}


@pytest.mark.parametrize("which", ["render_plan", "render_drift", "render_outcome"])
def test_nothing_breaks_out_of_a_code_fence_or_mentions_anybody(make, which):
    plan, outcome = hostile_world(make)
    rendering = getattr(markdown, which)(outcome if which == "render_outcome" else plan)
    fence = ""
    outside = []
    for line in rendering.splitlines():
        if fence and line == fence:
            fence = ""
        elif not fence and line.startswith("```"):
            fence = line[: len(line) - len(line.lstrip("`"))]
        elif not fence:
            outside.append(line)
    assert fence == ""
    assert not [line for line in outside if "@everyone" in line]
    assert rendering.count("\n</details>\n") == sum(1 for line in outside if line.startswith("<details>"))
