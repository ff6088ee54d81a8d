"""The ledger's files: what goes in comes out, the same bytes each time, and damage is named."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import LedgerError
from reconciler.ledger.codec import BEGIN, META, PROJECT, RUN, from_files, project_of, run_of, to_files
from reconciler.ledger.spec import spec_in, spec_out
from reconciler.ledger.state import Announced, Begin, LedgerState, Orphan, RunRecord
from reconciler.model import Address
from reconciler.values import Generated, LiveId, OutputRef, SecretRef, SecretValue, Unknown

LAW = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TRICKY = st.sampled_from(["$", "$$", "$secret", "$from", "$generate", "secret", "from", "generate", "rotate", "output"])
SPECS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.builds(SecretRef, st.text(max_size=5), st.integers(0, 3))
    | st.builds(OutputRef, st.text(max_size=5), st.text(max_size=5))
    | st.builds(Generated, st.integers(16, 64), st.integers(0, 3)),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(TRICKY | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=10,
)


@LAW
@given(spec=SPECS)
def test_a_spec_survives_the_ledger_whatever_its_keys_look_like(spec: Any) -> None:
    assert spec_in(json.loads(json.dumps(spec_out(spec)))) == spec


def full(state: LedgerState, runtime: Any) -> LedgerState:
    now = runtime().now()
    made = Announced(Address("widgets", "new/er"), "one", ("new", ""))
    begin = Begin(
        "r2", "me", "here", 7, "c2", now, now, "https://x.test/1", "5", 2, ("d",), (made, replace(made, live_id="7"))
    )
    run = RunRecord("r1", "c1", now, now, "me", "p", ({"address": "widgets/a"},), ({"values": {"a": 1}},), True)
    return replace(
        state, commit="c1", run="r1", begin=begin, orphans=(Orphan(made, "r0", now),), held=frozenset("d"), last_run=run
    )


def test_a_whole_state_survives_the_ledger(state: LedgerState, runtime: Any) -> None:
    whole = full(state, runtime)
    assert from_files(to_files(whole), whole.head) == whole


def test_equal_states_give_equal_bytes(state: LedgerState) -> None:
    record = state.records[Address("widgets", "a")]
    more = {Address("widgets", h): replace(record, address=Address("widgets", h)) for h in "abc"}
    turned = dict(reversed([(a, replace(r, spec=dict(reversed(list(r.spec.items()))))) for a, r in more.items()]))
    assert to_files(replace(state, records=more)) == to_files(replace(state, records=turned))


def test_a_record_can_be_read_by_a_person(state: LedgerState) -> None:
    assert b'"token": {\n   "$secret": "T",' in to_files(state)["widgets.json"].replace(b"    ", b"   ")


def test_an_object_without_a_live_id_can_be_recorded(state: LedgerState) -> None:
    address = Address("widgets", "a")
    bare = replace(state.records[address], live_id="", provider="one", run="", spec={})
    assert from_files(to_files(replace(state, records={address: bare})), "").records == {address: bare}


def test_records_of_another_schema_version_are_read(state: LedgerState) -> None:
    files = to_files(state)
    files["widgets.json"] = files["widgets.json"].replace(b'"schema_version": 1', b'"schema_version": 99, "extra": {}')
    assert from_files(files, "h").records[Address("widgets", "a")].schema_version == 99


def test_the_barest_record_of_an_old_version_is_read(state: LedgerState) -> None:
    files = {**to_files(state), "old.json": b'{"x": {"provider": "one", "identity": ["x"]}}'}
    assert from_files(files, "h").records[Address("old", "x")].schema_version == 1


@pytest.mark.parametrize(
    "value",
    [SecretValue("canary"), Unknown("slow"), LiveId("1"), float("nan"), {1: "x"}, {"deep": (object(),)}],
    ids=lambda value: type(value).__name__,
)
def test_nothing_but_plain_values_and_references_can_be_recorded(value: Any) -> None:
    with pytest.raises(LedgerError, match="does not belong in the ledger") as caught:
        spec_out({"token": value})
    assert "canary" not in str(caught.value)


DAMAGE = [
    pytest.param(META, b"{", "ledger.json is damaged: it is not JSON", id="not-json"),
    pytest.param(META, b"\xff\xfe", "ledger.json is damaged: it is not JSON", id="not-text"),
    pytest.param(META, b"[]", "ledger.json is damaged: it is not an object", id="a-list"),
    pytest.param(META, b'{"version": 1}', "'salt' is missing", id="no-salt"),
    pytest.param(META, b'{"version": 2}', "has format 2", id="newer-format"),
    pytest.param("widgets.json", b'{"a": {"identity": []}}', r"widgets.json \(a\).*'provider' is missing", id="record"),
    pytest.param("widgets.json", b"[" * 100_000, "widgets.json is damaged", id="deep"),
    pytest.param(
        "widgets.json",
        b'{"a": {"provider": "one", "identity": [], "spec": {"x": ' + b"[" * 600 + b"]" * 600 + b"}}}",
        r"widgets.json \(a\) is damaged",
        id="deep-spec",
    ),
    pytest.param(
        "widgets.json",
        b'{"a": {"provider": "one", "identity": [], "applied_at": "0001-01-01T00:00:00+23:00"}}',
        r"widgets.json \(a\) is damaged",
        id="before-time",
    ),
    pytest.param(BEGIN, b'{"pid": 0}', "begin.json is damaged: 0 is no process number", id="no-pid"),
    pytest.param(RUN, b'{"run": "r", "started_at": "soon"}', "run.json is damaged", id="no-time"),
]


@pytest.mark.parametrize(("name", "body", "said"), DAMAGE)
def test_a_damaged_file_is_named_with_what_to_do(state: LedgerState, name: str, body: bytes, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as caught:
        from_files({**to_files(state), name: body}, "h")
    assert caught.value.fix


def test_files_without_the_ledgers_own_are_no_empty_ledger(state: LedgerState) -> None:
    files = {name: body for name, body in to_files(state).items() if name != META}
    with pytest.raises(LedgerError, match=r"ledger\.json is damaged: it is missing"):
        from_files(files, "h")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@LAW
@given(data=st.data(), name=st.sampled_from([META, "widgets.json", BEGIN, RUN, PROJECT]))
def test_a_malformed_ledger_gives_a_clean_error_or_a_state(
    data: st.DataObject, name: str, state: LedgerState, runtime: Any
) -> None:
    files = to_files(full(state, runtime))
    good = json.loads(files.get(name, b'{"path": "x"}'))

    def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [path, *(deeper for key, each in inner for deeper in paths(each, (*path, key)))]

    path = data.draw(st.sampled_from(paths(good)))
    wrong = data.draw(JSON)
    if path:
        holder = good
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = wrong
    files[name] = json.dumps(good if path else wrong).encode()
    with contextlib.suppress(LedgerError):  # and nothing else
        project_of(files)
        run_of(files[RUN])
        assert isinstance(from_files(files, "h"), LedgerState)
