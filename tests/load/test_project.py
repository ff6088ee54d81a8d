from __future__ import annotations

import contextlib
import gc

import pytest

from reconciler.discover import Catalog
from reconciler.errors import InputError
from reconciler.load.project import CollectionSettings, load_project
from reconciler.model import Address, Approval
from reconciler.values import Generated, OutputRef, SecretRef

FULL = """\
environment: staging
providers:
  watch: {token: {secret: WATCH_TOKEN}, expect: {team: blue}, rate: {per_second: 2}}
  cold: {type: store}
collections:
  buckets: {authority: additive, allow_empty: true}
secrets:
  - {env_file: .env.production}
apply_from: release
"""


def test_a_project_holds_what_environment_yaml_says(tree):
    project = tree.file("environment.yaml", FULL).load()
    assert project.environment == "staging"
    assert project.root == project.desired.parent
    assert {name: i.type for name, i in project.instances.items()} == {"watch": "watch", "cold": "store"}
    assert project.instances["watch"].settings.token == SecretRef("WATCH_TOKEN")
    assert project.settings_for("buckets") == CollectionSettings("additive", True)
    assert project.settings_for("monitors") == CollectionSettings()
    assert [(s.kind, s.path, s.where.line) for s in project.secret_sources] == [("env_file", ".env.production", 8)]
    assert project.apply_from == "release"
    assert sorted(project.kinds) == ["buckets", "monitors", "policies"]
    assert project.files == ("desired/environment.yaml",)


def test_env_files_of_the_command_line_come_first(tree, catalog):
    tree.file("environment.yaml", FULL)
    project = load_project(tree.desired, catalog, extra_env_files=("mine.env",))
    assert [s.path for s in project.secret_sources] == ["mine.env", ".env.production"]


def test_a_resource_holds_written_fields_identity_and_places(tree):
    tree.file(
        "m.yaml",
        "monitors:\n  home:\n    url: https://x.example/\n    every: 3m\n    regions: [us, eu]\n    failures: 2\n"
        "    password: {secret: PW, rotate: 2}\n    headers: [{name: A, value: {generate: {bytes: 32}}}]\n"
        "    lifecycle: {protect: true, ignore: [regions], id: 455}\n",
    )
    (resource,) = tree.load().resources
    assert resource.address == Address("monitors", "home")
    assert resource.provider == "watch"
    assert resource.identity == ("home",)
    assert resource.spec == {
        "name": "home",
        "url": "https://x.example/",
        "every": 180,
        "regions": ("eu", "us"),
        "password": SecretRef("PW", 2),
        "headers": ({"name": "A", "value": Generated(32)},),
        "confirm": 120,
    }
    assert resource.origins == {"confirm": "failures: 2"}
    assert (resource.lifecycle.protect, resource.lifecycle.ignore, resource.lifecycle.id) == (True, ("regions",), "455")
    assert str(resource.where) == "desired/m.yaml:2:3"
    assert str(resource.place(("every",))) == "desired/m.yaml:4:5"
    assert str(resource.place(("headers", 0, "value"))) == "desired/m.yaml:8:25"
    assert str(resource.place(("confirm",))) == "desired/m.yaml:2:3"


def test_a_collection_may_be_spread_over_files_and_comes_sorted(tree):
    tree.file("z.yaml", "policies: {b: {}}").file("sub/a.yml", "policies: {c: {}, a: {}}\nbuckets: {x: {}}")
    assert [str(r.address) for r in tree.load().resources] == ["buckets/x", "policies/a", "policies/b", "policies/c"]


def test_an_object_of_defaults_and_an_empty_collection_are_fine(tree):
    assert tree.file("p.yaml", "policies: {}\nbuckets: {a: {}}").load().resources[0].identity == ("a", "")


def test_null_is_kept_so_that_it_can_clear(tree):
    (resource,) = tree.file("p.yaml", "policies: {a: {fallback: null}}").load().resources
    assert resource.spec == {"name": "a", "fallback": None}


def test_approvals_take_dates_and_digests_with_or_without_quotes(tree):
    tree.file(
        "approvals.yaml",
        "approvals:\n  - {digest: 7f3a19c2aaaa, reason: asked for, until: 2026-12-31}\n"
        "  - {digest: 012345678901, reason: too, until: '2027-01-01'}\n"
        "  - {digest: 12e456789012, reason: x, until: 2027-01-01}\n",
    )
    approvals = tree.load().approvals
    assert [(a.digest, a.until) for a in approvals] == [
        ("7f3a19c2aaaa", "2026-12-31"),
        ("012345678901", "2027-01-01"),
        ("12e456789012", "2027-01-01"),
    ]
    assert isinstance(approvals[0], Approval)
    assert approvals[1].where.line == 3


def test_only_models_of_configured_types_are_used(tree, kinds):
    tree.file("environment.yaml", "environment: e\nproviders: {store: {}}\n").file("b.yaml", "buckets: {a: {}}")
    from reconciler.discover import Entry

    asked = []

    def load(name):
        asked.append(name)
        return kinds[name]

    entries = [Entry(name, lambda name=name: load(name), "p", types=(kind.provider,)) for name, kind in kinds.items()]
    types = [Entry(name, lambda: object, "p", types=(name,)) for name in ("watch", "store")]
    project = load_project(tree.desired, Catalog(entries, types))
    assert asked == ["buckets"]
    assert list(project.kinds) == ["buckets"]


def test_instances_are_chosen_by_name_where_a_type_has_several(tree):
    tree.file("environment.yaml", "environment: e\nproviders: {store: {}, cold: {type: store}}\n")
    tree.file("b.yaml", "buckets:\n  a: {lifecycle: {provider: cold}}\n  b: {lifecycle: {provider: store}}\n")
    assert [r.provider for r in tree.load().resources] == ["cold", "store"]


def test_references_take_their_one_form(tree):
    tree.file(
        "r.yaml",
        "monitors: {m: {url: 'https://x', policy: policies/p}, n: {url: 'https://x'}}\n"
        "policies: {p: {watched: [n, buckets/b]}}\nbuckets: {b: {}}\n",
    )
    specs = {str(r.address): r.spec for r in tree.load().resources}
    assert specs["monitors/m"]["policy"] == "p"
    assert specs["policies/p"] == {"name": "p", "watched": ("monitors/n", "buckets/b")}


def test_outputs_are_references(tree):
    tree.file("b.yaml", "buckets: {a: {owner: {from: monitors/m.badge}}}\nmonitors: {m: {url: 'https://x'}}\n")
    assert tree.load().resources[0].spec["owner"] == OutputRef("monitors/m", "badge")


def test_loading_an_empty_desired_folder_says_what_to_write(tmp_path, catalog):
    (tmp_path / "desired").mkdir()
    with pytest.raises(InputError, match=r"desired/environment.yaml is missing\n  fix: create it"):
        load_project(tmp_path / "desired", catalog)


def test_no_desired_folder_is_one_problem(tmp_path, catalog):
    with pytest.raises(InputError) as raised:
        load_project(tmp_path / "desired", catalog)
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize("text", ["policies: {a: {}}", "policies: ["], ids=["good", "bad"])
def test_the_collector_of_cycles_is_on_again_afterwards(tree, catalog, text):
    tree.file("x.yaml", text)
    with contextlib.suppress(InputError):
        load_project(tree.desired, catalog)
    assert gc.isenabled()
