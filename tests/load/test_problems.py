"""What is wrong in desired/, case by case: where it is reported and in which words."""

from __future__ import annotations

import pytest

PLACE = "§"  # stands where the problem is to be reported
M = "monitors:\n  a: {url: 'https://x.example/', "

MODEL = [
    pytest.param("monitors:\n  §a: {}\n", "url is required", id="missing"),
    pytest.param(M + "§regoins: [us]}", "unknown field regoins", id="unknown"),
    pytest.param(M + "every: §10}", "every: 10 is below the minimum of 30 (seconds)", id="min"),
    pytest.param(M + "every: §1h}", "every: 1h is above the maximum of 1800 (seconds)", id="max"),
    pytest.param(M + "every: §3x}", "every: '3x' is not a duration", id="duration"),
    pytest.param(M + "every: §1500ms}", "every: 1500ms is not a whole number of seconds", id="divides"),
    pytest.param(M + "certificate: §15}", "certificate: 15 is not one of 1, 7, 14", id="one-of"),
    pytest.param(M + "kind: §statsu}", "kind: statsu is not one of status, keyword, ping", id="literal"),
    pytest.param(M + "version: §1.10}", "version: must be text, not the number 1.1", id="number-for-text"),
    pytest.param(M + "active: §1}", "active: must be true or false, not 1", id="number-for-boolean"),
    pytest.param(M + "active: §'true'}", "active: must be true or false, not the text 'true'", id="text-for-boolean"),
    pytest.param(M + "regions: §us}", "regions: must be a list, not us", id="text-for-list"),
    pytest.param(M + "regions: §[us, us]}", "regions: 'us' is listed twice", id="set-twice"),
    pytest.param(M + "regions: [us, §au]}", "regions[1]: au is not one of us, eu", id="element"),
    pytest.param("buckets: {a: {mirrors: §[{name: x, value: y}]}}", "mirrors: must have 2 or more elements", id="few"),
    pytest.param(
        "buckets: {a: {mirrors: [{name: x, value: y}, §{name: z}]}}",
        "value is required in mirrors[1]",
        id="element-of-enough",
    ),
    pytest.param("monitors: {a: {url: §ftp://x}}", "url: ftp://x is not an http(s) address", id="url"),
    pytest.param(
        "monitors: {§a: {url: 'https://x', kind: keyword}}", "keyword is required when kind", id="rule-missing"
    ),
    pytest.param(M + "policy: p, channel: §c}\npolicies: {p: {}}", "policy and channel cannot stand", id="rule"),
    pytest.param(M + "headers: [§{name: x}]}", "value is required in headers[0]", id="missing-in-part"),
    pytest.param(M + "headers: [{name: x, value: §1}]}", "value: must be text or a secret by name", id="union"),
    pytest.param(
        M + "headers: §[{name: x, value: y}, {name: x, value: z}]}", "headers: name x is given to two", id="key"
    ),
    pytest.param(M + "steps: [{type: §cal}]}", "steps[0].type: cal is not one of call, wait", id="tag"),
    pytest.param(M + "steps: [§{number: x}]}", "steps[0]: type is required", id="no-tag"),
    pytest.param(M + "steps: [{type: wait, time: 1, §number: x}]}", "steps[0]: unknown field number", id="other-tag"),
    pytest.param("monitors: {§a: {url: 'https://x', failures: 6}}", "monitors/a: more than 5 failures", id="sugar"),
    pytest.param("monitors:\n  §a: [1]\n", "monitors/a must be a mapping of fields", id="object-is-a-list"),
    pytest.param("monitors: §[a]\n", "monitors must be a mapping of handles", id="collection-is-a-list"),
    pytest.param("§- monitors\n", "the file is a list", id="file-is-a-list"),
    pytest.param("§monitors\n", "the file is a single value", id="file-is-a-scalar"),
    pytest.param("monitors:§\n", "monitors: nothing is written here", id="empty-collection"),
    pytest.param("§monitros: {}\n", "unknown collection monitros", id="unknown-collection"),
    pytest.param("§providers: {}\n", "providers belongs in environment.yaml", id="providers-elsewhere"),
    pytest.param("§approvals: []\n", "approvals belong in approvals.yaml", id="approvals-elsewhere"),
    pytest.param("policies: {§a/b: {}}\n", "'a/b' is no handle", id="slash"),
    pytest.param("policies: {§a b: {}}\n", "'a b' is no handle", id="space"),
    pytest.param("policies: {a: {lifecycle: {§protct: true}}}", "lifecycle: unknown field protct", id="lifecycle"),
    pytest.param("policies: {a: {lifecycle: {protect: §1}}}", "lifecycle.protect: must be true or false", id="protect"),
    pytest.param("buckets: {a: {lifecycle: {on_remove: §disable}}}", "disable is not possible", id="on-remove"),
    pytest.param("buckets: {a: {lifecycle: {ignore: [§nmae]}}}", "buckets have no field nmae", id="ignore"),
    pytest.param("buckets: {a: {lifecycle: {provider: §stroe}}}", "has no instance stroe", id="provider"),
    pytest.param("buckets: {a: {lifecycle: {provider: §watch}}}", "watch is of type watch", id="other-provider"),
    pytest.param("policies: {a: {}}\n§policies: {b: {}}\n", "policies is written twice", id="collection-twice"),
    pytest.param(
        "policies:\n  a: {}\n  §a: {}\n", "policies/a is written twice, first at desired/x.yaml:2:3", id="twice"
    ),
    pytest.param("policies: {a: {§fallback: b}}", "fallback: b is not among policies in desired/", id="dangling"),
    pytest.param("policies: {a: {§fallback: buckets/b}}", "buckets/b is in another collection", id="wrong-collection"),
    pytest.param("policies: {a: {watched: [§b]}}", "b is not among monitors and buckets", id="dangling-of-several"),
    pytest.param("policies: {a: {§fallback: a}}", "in a circle: policies/a → policies/a", id="circle-of-one"),
    pytest.param(
        "policies: {a: {fallback: b}, b: {fallback: c}, c: {§fallback: a}}",
        "in a circle: policies/a → policies/b → policies/c → policies/a",
        id="circle",
    ),
    pytest.param("buckets: {a: {§owner: {from: bucket/b.url}}}", "unknown collection bucket", id="output-collection"),
    pytest.param("buckets: {a: {§owner: {from: buckets/b.url}}}", "buckets/b is not in desired/", id="output-object"),
    pytest.param("buckets: {a: {§owner: {from: buckets/b.u}}, b: {}}", "buckets/b has no output u", id="output-name"),
    pytest.param("buckets: {a: {owner: §{from: buckets.url}}}", "write {from: collection/handle.output}", id="output"),
    pytest.param(
        "buckets: {a: {name: n}, §b: {name: n}}",
        "buckets/b and buckets/a (desired/x.yaml:1:11) have the same identity, n",
        id="identity",
    ),
    pytest.param(
        "policies: {a: {lifecycle: {id: 1}}, §b: {lifecycle: {id: '1'}}}", "have the same lifecycle.id, 1", id="live-id"
    ),
    pytest.param(
        "policies: {a: {lifecycle: {§moved_from: b}}, b: {}}", "moved_from: policies/b still exists", id="moved-from"
    ),
    pytest.param(
        "policies: {a: {lifecycle: {moved_from: o}}, b: {lifecycle: {§moved_from: o}}}",
        "policies/a (desired/x.yaml:1:12) was moved from o already",
        id="moved-twice",
    ),
    pytest.param("policies: {a: {§name: forbidden}}", "name: forbidden is taken", id="cross-check"),
]


def marked(text, name):
    """Return the text without its marker, and the place of the marker."""
    before = text.partition(PLACE)[0]
    line = before.count("\n") + 1
    return text.replace(PLACE, ""), f"desired/{name}:{line}:{len(before) - before.rfind(chr(10))}: "


@pytest.mark.parametrize(("text", "said"), MODEL)
def test_exactly_one_problem_is_reported_at_its_place(tree, text, said):
    written, place = marked(text, "x.yaml")
    (problem,) = tree.file("x.yaml", written).problems()
    assert problem.startswith(place)
    assert said in problem


E = "environment: e\nproviders: "
ENVIRONMENT = [
    pytest.param("§environment: e\n", "providers is required", id="no-providers"),
    pytest.param("§providers: {store: {}}\n", "environment is required", id="no-name"),
    pytest.param("environment: §E V\nproviders: {}\n", "does not have the form", id="bad-name"),
    pytest.param(E + "{§stroe: {}}\n", "unknown provider type stroe", id="unknown-type"),
    pytest.param(E + "{x: {type: §stroe}}\n", "unknown provider type stroe", id="named-type"),
    pytest.param(E + "{§watch: {}}\n", "token is required", id="no-token"),
    pytest.param(E + "{watch: {token: {secret: T}, §tok: 1}}\n", "unknown field tok", id="unknown-setting"),
    pytest.param(E + "{store: {rate: §fast}}\n", "rate: fast is not one of none", id="rate"),
    pytest.param(
        E + "{store: {rate: {per_second: §0}}}\n", "rate.per_second: 0 must be more than 0", id="rate-of-zero"
    ),
    pytest.param(E + "{}\ncollections: {§buckts: {}}\n", "unknown collection buckts", id="collection"),
    pytest.param(E + "{}\ncollections: {buckets: {authority: §all}}\n", "all is not one of managed", id="authority"),
    pytest.param(E + "{}\nsecrets: [§{}]\n", "secrets[0]: one of env_file, sops_file is required", id="secret-source"),
    pytest.param(E + "{}\n§buckets: {}\n", "buckets does not belong in environment.yaml", id="collection-inside"),
    pytest.param("§- environment\n", "must be a mapping", id="list"),
]


@pytest.mark.parametrize(("text", "said"), ENVIRONMENT)
def test_a_problem_of_environment_yaml_is_reported_at_its_place(tree, text, said):
    written, place = marked(text, "environment.yaml")
    (problem,) = tree.file("environment.yaml", written).problems()
    assert problem.startswith(place)
    assert said in problem


FIXES = [
    pytest.param("monitros: {}", "did you mean monitors?", id="collection"),
    pytest.param("monitors: {a: {ulr: 'https://x'}}", "did you mean url?", id="field"),
    pytest.param("monitors: {a: {url: 'https://x', kind: stauts}}", "did you mean status?", id="value"),
    pytest.param("policies: {critical: {}, b: {fallback: critcal}}", "did you mean critical?", id="reference"),
    pytest.param("policies: {a: {fallback: nowhere}}", "known here: a", id="reference-to-nothing"),
    pytest.param(
        "monitors: {a: {url: 'https://x', policy: p}}", "add it under policies:", id="reference-to-no-collection"
    ),
    pytest.param("buckets: {a: {lifecycle: {ignore: [nmae]}}}", "did you mean name?", id="ignored-field"),
    pytest.param("monitors: {a: {url: 'https://x', every: 10}}", "use 30 or more, or remove the line", id="bound"),
    pytest.param("monitors: {a: {url: 'https://x', certificate: 12}}", "the nearest is 14", id="nearest"),
    pytest.param("monitors: {a: {url: 'https://x', name: 12}}", "write '12', in quotes", id="quotes"),
    pytest.param("monitors: {a: {url: 'https://x', name: yes}}", "write 'yes', in quotes", id="trap"),
    pytest.param("monitors: {a: {url: 'https://x', active: yes}}", "true or false if it is", id="boolean-trap"),
    pytest.param("monitors: {a: {url: 'https://x', regions: us}}", "write [us]", id="one-for-a-list"),
    pytest.param("monitors: {a: {url: 'https://x', headers: {x: y}}}", "begin each element with -", id="list"),
    pytest.param("monitors: {a: {url: 'https://x', password: hunter2}}", "write {secret: NAME}", id="literal"),
]


@pytest.mark.parametrize(("text", "fix"), FIXES)
def test_a_problem_says_what_to_do(tree, text, fix):
    assert fix in tree.file("x.yaml", text).error()


CANARY = "kX9canary7Qp2"
LITERALS = [
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: {CANARY}}}}}", id="text"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: {{secret: '{CANARY} x'}}}}}}", id="bad-name"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: {{value: {CANARY}}}}}}}", id="mapping"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: [{CANARY}]}}}}", id="list"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: {{from: {CANARY}}}}}}}", id="output"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: *{CANARY}}}}}", id="alias"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', password: !{CANARY} x}}}}", id="tag"),
    pytest.param(f"monitors: {{a: {{url: 'postgres://u:{CANARY}@h/db'}}}}", id="password-in-a-url"),
    pytest.param(f"monitors: {{a: {{url: 'https://x', headers: [{{name: a, value: [{CANARY}]}}]}}}}", id="union"),
    pytest.param(f"buckets: {{a: {{key: [{CANARY}]}}}}", id="text-or-secret"),
]


@pytest.mark.parametrize("text", LITERALS)
def test_a_secret_written_out_is_refused_and_never_repeated(tree, text):
    tree.file("x.yaml", text)
    assert CANARY not in tree.error()
    assert tree.problems()


def test_digits_in_a_secret_field_are_refused_as_a_secret_and_not_repeated(tree):
    error = tree.file("x.yaml", "monitors: {a: {url: 'https://x', password: 0424242}}").error()
    assert "a secret is written by name" in error
    assert "0424242" not in error


def test_a_token_written_out_in_environment_yaml_is_not_repeated(tree):
    tree.file("environment.yaml", f"environment: e\nproviders: {{watch: {{token: {CANARY}}}}}\n")
    assert "a secret is written by name" in tree.error()
    assert CANARY not in tree.error()


def test_all_problems_of_all_files_come_at_once_sorted_by_file_and_line(tree):
    tree.file("b.yaml", "policies:\n  a: {nme: x}\n  b: {fallback: nowhere}\n").file("a.yaml", "- x\n")
    tree.file("c/d.yaml", "a: [\n").file("approvals.yaml", "approvals: [{digest: x, reason: r, until: z}]\n")
    places = [p.split(": ")[0] for p in tree.problems()]
    files = ["a", "approvals", "approvals", "b", "c/d"]
    assert [place.split(":")[0] for place in places] == [f"desired/{name}.yaml" for name in files]
    assert places == sorted(places)


def test_references_of_an_object_with_other_mistakes_are_checked_too(tree):
    problems = tree.file("x.yaml", "monitors:\n  a: {policy: nowhere}\n").problems()
    assert len(problems) == 2
    assert any("nowhere is not among policies" in p for p in problems)


def test_a_reference_to_an_object_with_a_mistake_is_no_mistake(tree):
    tree.file("x.yaml", "policies:\n  a: {nme: x}\n  b: {fallback: a}\n")
    assert len(tree.problems()) == 1


def test_what_may_stand_in_an_unread_file_is_not_called_missing(tree):
    tree.file("x.yaml", "policies: {b: {fallback: a}}\n").file("y.yaml", "policies: {a: {}\n")
    assert [p.split(":")[0] for p in tree.problems()] == ["desired/y.yaml"]


def test_duplicate_handles_in_two_files_show_both_places(tree):
    tree.file("a.yaml", "policies: {p: {}}\n").file("b.yaml", "policies:\n  p: {}\n")
    (problem,) = tree.problems()
    assert problem == "desired/b.yaml:2:3: policies/p is written twice, first at desired/a.yaml:1:12"


def test_a_handle_that_readers_take_for_a_boolean_is_refused(tree):
    problems = tree.file("x.yaml", "policies:\n  on: {}\n  NO: {}\n").problems()
    assert [p.split(": ")[0] for p in problems] == ["desired/x.yaml:2:3", "desired/x.yaml:3:3"]


def test_an_empty_object_is_one_problem(tree):
    (problem,) = tree.file("x.yaml", "policies:\n  a:\n  b: {}\n").problems()
    assert problem.startswith("desired/x.yaml:2:5: ")
    assert "nothing is written here" in problem


def test_several_instances_and_none_named_lists_them(tree):
    tree.file("environment.yaml", "environment: e\nproviders: {store: {}, cold: {type: store}}\n")
    error = tree.file("b.yaml", "buckets: {a: {}}\n").error()
    assert "several instances of store: store, cold" in error
    assert "lifecycle: {provider: store}" in error


TWO = """\
environment: e
providers:
  watch: {token: {secret: A}}
  other: {type: watch, token: {secret: B}}
  store: {}
"""
HERE, THERE = "lifecycle: {provider: watch}", "lifecycle: {provider: other}"


def test_a_reference_into_another_account_of_the_same_vendor_is_refused(tree):
    tree.file("environment.yaml", TWO)
    error = tree.file(
        "m.yaml", f"monitors:\n  a: {{url: 'https://x', policy: p, {HERE}}}\npolicies:\n  p: {{{THERE}}}\n"
    ).error()
    assert "desired/m.yaml:2:25: policy: policies/p is in other, and monitors/a is in watch" in error
    assert "put both into one instance with `lifecycle: {provider: other}`" in error


def test_a_reference_within_an_account_or_to_another_vendor_is_fine(tree):
    tree.file("environment.yaml", TWO)
    text = f"policies:\n  p: {{{THERE}, fallback: q, watched: [buckets/b]}}\n  q: {{{THERE}}}\nbuckets: {{b: {{}}}}\n"
    assert len(tree.file("m.yaml", text).load().resources) == 3


def test_a_collection_of_a_type_that_is_not_configured_says_what_to_add(tree):
    tree.file("environment.yaml", "environment: e\nproviders: {store: {}}\n")
    error = tree.file("m.yaml", "monitors: {a: {url: 'https://x'}}\n").error()
    assert "desired/m.yaml:1:1: monitors belong to watch, which environment.yaml does not name" in error
    assert "add `watch: {…}` under providers: in environment.yaml" in error


def test_a_broken_instance_does_not_make_its_objects_wrong(tree):
    tree.file("environment.yaml", "environment: e\nproviders: {watch: {}}\n").file("p.yaml", "policies: {a: {}}\n")
    assert len(tree.problems()) == 1


def test_one_environment_file_is_enough(tree):
    tree.file("environment.yml", "environment: e\nproviders: {}\n")
    assert "both exist" in tree.error()


def test_an_environment_file_in_a_subfolder_is_told_to_move(tree):
    tree.file("sub/environment.yaml", "environment: e\n")
    assert "environment belongs in environment.yaml" in tree.error()


def test_same_handle_in_two_collections_of_a_reference_must_be_written_out(tree):
    tree.file("x.yaml", "policies: {p: {watched: [a]}}\nmonitors: {a: {url: 'https://x'}}\nbuckets: {a: {}}\n")
    assert "write monitors/a or buckets/a" in tree.error()
