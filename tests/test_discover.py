from __future__ import annotations

import subprocess
import sys
from functools import partial

import pytest

from reconciler.discover import Catalog, Entry, discover
from reconciler.errors import InputError, ReconcilerError
from reconciler.kind.base import Kind
from reconciler.kind.settings import ProviderSettings


class Thing(Kind, collection="things", identity="name", provider="maker"):
    """A thing."""

    settings = ProviderSettings
    name: str | None = None


class Client:
    """A client."""


def given(value):
    return value


def fail(error):
    raise error


def entry(name, value=None, *, package="pkg", types=("maker",), load=None):
    return Entry(name, load or partial(given, value), package, "1.2", f"{package}_module", types)


def test_a_catalog_knows_kinds_and_clients():
    catalog = Catalog.of([Thing], {"maker": Client})
    assert catalog.kinds == {"things": Thing}
    assert catalog.kinds_of("maker") == {"things": Thing}
    assert catalog.kinds_of("other") == {}
    assert catalog.kind("things") is Thing
    assert catalog.kind("nothing") is None
    assert catalog.provider_class("maker") is Client
    assert catalog.types_for("things") == ("maker",)
    assert catalog.broken == ()


def test_names_are_known_without_loading_anything():
    never = partial(fail, AssertionError("loaded"))
    catalog = Catalog([entry("things", load=never)], [entry("maker", load=never)])
    assert catalog.collections() == ("things",)
    assert catalog.provider_types() == ("maker",)
    assert catalog.types_for("things") == ("maker",)
    (info,) = catalog.plugins()
    assert (info.name, info.version, info.kinds, info.origin) == ("maker", "1.2", ("things",), "pkg (pkg_module)")


def test_a_model_is_loaded_once():
    loads = []
    catalog = Catalog([entry("things", load=lambda: loads.append(1) or Thing)], [entry("maker", Client)])
    assert catalog.kinds_of("maker") == catalog.kinds == {"things": Thing}
    assert loads == [1]


BROKEN = [
    pytest.param(partial(fail, ImportError("no module named x")), "ImportError: no module named x", id="import"),
    pytest.param(partial(fail, NameError("oops")), "NameError: oops", id="any-exception"),
    pytest.param(partial(given, Client), "not a subclass", id="no-kind"),
    pytest.param(partial(given, type("Other", (Thing,), {"collection": "others"})), "calls itself others", id="name"),
    pytest.param(partial(given, type("Far", (Thing,), {"provider": "far"})), "provider is far", id="provider"),
    pytest.param(partial(given, type("Nobody", (Thing,), {"provider": ""})), "provider is not named", id="unnamed"),
    pytest.param(partial(given, type("Faceless", (Thing,), {"identity": ()})), "no identity", id="identity"),
]


@pytest.mark.parametrize(("load", "said"), BROKEN)
def test_a_broken_plugin_is_named_and_skipped(load, said):
    catalog = Catalog([entry("things", load=load)], [entry("maker", Client)])
    assert catalog.kinds == {}
    (broken,) = catalog.broken
    assert (broken.name, broken.origin) == ("things", "pkg (pkg_module)")
    assert said in broken.error


def test_a_reserved_word_is_no_collection():
    kind = type("Secrets", (Thing,), {"collection": "secrets"})
    catalog = Catalog([entry("secrets", kind)], [entry("maker", Client)])
    assert catalog.kinds == {}
    assert "reserved" in catalog.broken[0].error


def test_a_broken_client_is_an_error_that_names_its_package():
    catalog = Catalog([], [entry("maker", load=partial(fail, ImportError("no psycopg")))])
    with pytest.raises(ReconcilerError, match=r"(?s)maker cannot be used: ImportError: no psycopg.*pkg \(pkg_module\)"):
        catalog.provider_class("maker")
    assert catalog.broken[0].name == "maker"


def test_an_unknown_provider_type_is_an_error():
    with pytest.raises(ReconcilerError, match="no installed package has the provider type nope"):
        Catalog.of([Thing], {}).provider_class("nope")


def test_a_name_declared_twice_names_both_packages():
    with pytest.raises(InputError, match=r"collection things: one \(one_module\) and two \(two_module\)"):
        Catalog([entry("things", Thing, package="one"), entry("things", Thing, package="two")], [])
    with pytest.raises(InputError, match="provider type maker"):
        Catalog([], [entry("maker", Client, package="one"), entry("maker", Client, package="two")])


def test_a_package_with_two_types_keeps_its_collections_apart():
    other = type("Other", (Thing,), {"collection": "others", "provider": "other"})
    types = ("maker", "other")
    catalog = Catalog(
        [entry("things", Thing, types=types), entry("others", other, types=types)],
        [entry("maker", Client, types=types), entry("other", Client, types=types)],
    )
    assert catalog.kinds_of("maker") == {"things": Thing}
    assert [(i.name, i.kinds) for i in catalog.plugins()] == [("maker", ("things",)), ("other", ("others",))]


def test_the_providers_of_this_repository_are_found_and_whole():
    catalog = discover()
    assert set(catalog.provider_types()) >= {"accounts", "betterstack"}
    assert set(catalog.kinds) == set(catalog.collections())
    assert catalog.broken == ()


def test_a_collection_of_a_type_that_another_package_declares_is_refused():
    """A package may not slip a collection under somebody else's provider type, and so get at its credentials."""
    catalog = Catalog([entry("things", Thing, package="thief", types=("loot",))], [entry("maker", Client)])
    assert catalog.kind("things") is None
    [broken] = catalog.broken
    assert "its provider is maker, and its package declares loot" in broken.error
    assert broken.origin.startswith("thief")


def test_a_plugin_that_nobody_uses_is_not_even_imported(tmp_path):
    """What is installed runs nothing and prints nothing until its type is used."""
    ran = tmp_path / "ran"
    (tmp_path / "loud.py").write_text(f"print('LOUD')\nopen({str(ran)!r}, 'w').close()\n")
    info = tmp_path / "loud-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[reconciler.providers]\nloud = loud:Loud\n[reconciler.collections]\nnoises = loud:Noise\n"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from reconciler.discover import discover; c = discover();"
        "c.plugins(); c.kinds_of('betterstack'); print('noises' in c.collections(), 'loud' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
    assert not ran.exists()


def test_discovering_imports_no_provider_and_nothing_heavy():
    code = (
        "import sys; from reconciler.discover import discover; c = discover(); c.plugins(); c.collections();"
        "heavy = {'pydantic', 'httpx', 'psycopg', 'jsonschema', 'deepdiff', 'yaml'} & set(sys.modules);"
        "heavy |= {m for m in sys.modules if m.startswith('reconciler_')}; print(sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
