"""What people write: every way in which `desired/` changes from one merge to the next. Each says what it did."""

from __future__ import annotations

import random
from collections.abc import Mapping

from reconciler.model import Address
from reconciler.simulate.approving import approving
from reconciler.simulate.desk import Desk, Edit
from reconciler.simulate.tree import Tree, without_reference


def _pick(desk: Desk, rng: random.Random, *kinds: str) -> Address | None:
    found = [a for a in desk.tree.addresses() if not kinds or a.collection in kinds]
    return rng.choice(found) if found else None


def add(desk: Desk, rng: random.Random) -> str:
    """Write one more object."""
    made = desk.vendor.new(rng, desk.tree)
    if made is None:
        return ""
    address, fields = made
    desk.tree.put(address, fields)
    return f"write {address}"


def change(desk: Desk, rng: random.Random) -> str:
    """Write other fields."""
    address = _pick(desk, rng)
    return _changed(desk, rng, address) if address else ""


def _changed(desk: Desk, rng: random.Random, address: Address) -> str:
    fields = desk.vendor.changed(rng, desk.tree, address)
    if fields is None:
        return ""
    before = desk.tree.get(address)
    desk.tree.put(address, fields)
    names = sorted(n for n in {*before, *fields} if before.get(n) != fields.get(n))
    return f"change {address} ({', '.join(names) or 'nothing'})"


def change_many(desk: Desk, rng: random.Random) -> str:
    """Write other fields of most objects of a kind."""
    one = _pick(desk, rng)
    if one is None:
        return ""
    same = [a for a in desk.tree.addresses() if a.collection == one.collection]
    done = [text for a in same if (text := _changed(desk, rng, a))]
    return "; ".join(done)


def remove(desk: Desk, rng: random.Random) -> str:
    """Take one object out, and what names it."""
    protected = [a for a in desk.tree.addresses() if desk.tree.get(a).get("lifecycle", {}).get("protect")]
    address = rng.choice(protected) if protected and rng.random() < 0.5 else _pick(desk, rng)
    if address is None:
        return ""
    _take_out(desk.tree, rng, address)
    return f"remove {address}"


def _take_out(tree: Tree, rng: random.Random, address: Address) -> None:
    """Remove an object; what refers to it stops naming it, or sets the field to null."""
    tree.drop(address)
    for other in tree.addresses():
        before = tree.get(other)
        after, cut = without_reference(before, address.handle, str(address))
        if cut:
            gone = [n for n in before if n not in after]
            null = rng.random() < 0.5 and all(n in ("group", "owner", "parent") for n in gone)
            tree.put(other, {**after, **(dict.fromkeys(gone) if null else {})})


def remove_many(desk: Desk, rng: random.Random) -> str:
    """Take several objects out at once."""
    found = desk.tree.addresses()
    one = rng.choice(found) if found else None
    if one and rng.random() < 0.6:
        found = [a for a in found if a.collection == one.collection][:-1]
    chosen = rng.sample(found, min(len(found), rng.randint(2, 7)))
    for address in chosen:
        _take_out(desk.tree, rng, address)
    return f"remove {', '.join(map(str, chosen))}" if chosen else ""


def empty(desk: Desk, rng: random.Random) -> str:
    """Take a whole collection out."""
    if not desk.tree.objects:
        return ""
    kind = rng.choice(sorted(desk.tree.objects))
    for address in [a for a in desk.tree.addresses() if a.collection == kind]:
        _take_out(desk.tree, rng, address)
    return f"remove all {kind}"


def rename(desk: Desk, rng: random.Random, *, moved: bool = False) -> str:
    """Write an object under another handle."""
    address = _pick(desk, rng, *(k.collection for k in desk.vendor.kinds if not _named(desk, k.collection)))
    made = desk.vendor.new(rng, desk.tree)
    if address is None or made is None:
        return ""
    for _ in range(8):
        if made and made[0].collection == address.collection:
            break
        made = desk.vendor.new(rng, desk.tree)
    if made is None or made[0].collection != address.collection:
        return ""
    fields = dict(desk.tree.get(address))
    _take_out(desk.tree, rng, address)
    if moved:
        fields["lifecycle"] = {**fields.get("lifecycle", {}), "moved_from": address.handle}
        identity = next(k for k in desk.vendor.kinds if k.collection == address.collection).identity[0]
        if rng.random() < 0.5 and identity not in fields:
            fields[identity] = address.handle
    desk.tree.put(made[0], fields)
    return f"rename {address} to {made[0].handle}{' (moved_from)' if moved else ''}"


def moved(desk: Desk, rng: random.Random) -> str:
    """Write an object into the other account."""
    address = _pick(desk, rng)
    if address is None or len(desk.tree.instances) < 2:
        return ""
    first, second = desk.tree.instances
    life = desk.tree.lifecycle(address)
    life["provider"] = second if life.get("provider", first) == first else first
    return f"{address}: lifecycle.provider = {life['provider']}"


def _named(desk: Desk, kind: str) -> bool:
    """Return whether the samples of a kind have handles that mean something, and cannot be renamed here."""
    return not desk.vendor.exact


def unwrite(desk: Desk, rng: random.Random) -> str:
    """No longer write one field."""
    address = _pick(desk, rng)
    if address is None:
        return ""
    fields = dict(desk.tree.get(address))
    names = sorted(set(fields) - {"lifecycle", "url", "scope", "value", "type", "keyword", "key", "mode"})
    if not names or not desk.vendor.exact:
        return ""
    name = rng.choice(names)
    del fields[name]
    desk.tree.put(address, fields)
    return f"no longer write {name} of {address}"


def _lifecycle(name: str, *values: object) -> Edit:
    def edit(desk: Desk, rng: random.Random) -> str:
        address = _pick(desk, rng)
        if address is None:
            return ""
        value = rng.choice(values)
        desk.tree.lifecycle(address)[name] = value
        return f"{address}: lifecycle.{name} = {value}"

    return edit


def unprotect(desk: Desk, rng: random.Random) -> str:
    """Take a protection away."""
    found = [a for a in desk.tree.addresses() if desk.tree.get(a).get("lifecycle", {}).get("protect")]
    if not found:
        return ""
    address = rng.choice(found)
    desk.tree.lifecycle(address)["protect"] = False
    return f"{address}: no longer protected"


def on_remove(desk: Desk, rng: random.Random) -> str:
    """Say what removing an object does."""
    address = _pick(desk, rng)
    if address is None:
        return ""
    model = next(k for k in desk.vendor.kinds if k.collection == address.collection)
    how = rng.choice(model.removals)
    desk.tree.lifecycle(address)["on_remove"] = how
    return f"{address}: lifecycle.on_remove = {how}"


def ignore(desk: Desk, rng: random.Random) -> str:
    """Leave one written field to others."""
    address = _pick(desk, rng)
    if address is None or not desk.vendor.exact:
        return ""
    names = sorted(set(desk.tree.get(address)) - {"lifecycle", "alert_after"})
    if not names:
        return ""
    name = rng.choice(names)
    desk.tree.lifecycle(address)["ignore"] = [name]
    return f"{address}: ignore {name}"


def allow_empty(desk: Desk, rng: random.Random) -> str:
    """Let a collection go to none, or no longer."""
    kind = rng.choice([k.collection for k in desk.vendor.kinds])
    value = rng.random() < 0.7
    desk.tree.collections.setdefault(kind, {})["allow_empty"] = value
    return f"{kind}: allow_empty = {value}"


def authority(desk: Desk, rng: random.Random) -> str:
    """Say how far the tool may go with a collection."""
    kind = rng.choice([k.collection for k in desk.vendor.kinds])
    value = rng.choice(("managed", "managed", "additive", "observe"))
    desk.tree.collections.setdefault(kind, {})["authority"] = value
    return f"{kind}: authority = {value}"


def replace(desk: Desk, rng: random.Random) -> str:
    """Change a field that cannot be changed in place."""
    address = _pick(desk, rng, "widgets", "vaults")
    if address is None or not desk.vendor.exact:
        return ""
    name, value = ("placement", rng.choice(("up", "down"))) if address.collection == "widgets" else ("name", "moved")
    desk.tree.get(address)[name] = f"{value}-{address.handle}" if name == "name" else value
    return f"change {address} ({name})"


def never(desk: Desk, rng: random.Random) -> str:
    """Change a field that is fixed at birth."""
    address = _pick(desk, rng, "widgets")
    if address is None or not desk.vendor.exact:
        return ""
    desk.tree.get(address)["edition"] = "modern" if desk.tree.get(address).get("edition") != "modern" else "classic"
    return f"change {address} (edition)"


def no_owner(desk: Desk, rng: random.Random) -> str:
    """Refer to something outside that does not exist; now and then in an object that has to be replaced."""
    address = _pick(desk, rng, "widgets")
    if address is None or not desk.vendor.exact:
        return ""
    desk.tree.get(address)["channel"] = "nowhere"
    anew = rng.random() < 0.4
    if anew:
        desk.tree.get(address)["placement"] = "aside"
    return f"{address} names a channel that does not exist{', and would be made anew' if anew else ''}"


def rotate(desk: Desk, rng: random.Random) -> str:
    """Raise `rotate` of a secret reference."""
    found = [
        (a, name)
        for a in desk.tree.addresses()
        for name, value in desk.tree.get(a).items()
        if isinstance(value, dict) and ({"secret", "generate"} & value.keys())
    ]
    if not found:
        return ""
    address, name = rng.choice(found)
    value = dict(desk.tree.get(address)[name])
    value["rotate"] = value.get("rotate", 0) + 1
    desk.tree.get(address)[name] = value
    return f"{address}: rotate {name}"


EDITS: Mapping[str, Edit] = {
    "add": add,
    "change": change,
    "change many": change_many,
    "remove": remove,
    "remove many": remove_many,
    "empty a collection": empty,
    "rename": rename,
    "rename with moved_from": lambda desk, rng: rename(desk, rng, moved=True),
    "moved to another account": moved,
    "no longer write a field": unwrite,
    "protect": _lifecycle("protect", True),
    "unprotect": unprotect,
    "on_remove": on_remove,
    "on_drift": _lifecycle("on_drift", "hold", "hold", "correct"),
    "ignore": ignore,
    "adopt": _lifecycle("adopt", True),
    "allow_empty": allow_empty,
    "authority": authority,
    "replace": replace,
    "change what never changes": never,
    "no owner of it exists": no_owner,
    "secret rotated": rotate,
    "approve": approving("approve", lambda desk: desk.shown),
    "approve something stale": approving("approve again", lambda desk: desk.all_shown[:-1]),
    "approve something else": approving("approve what nothing holds:", lambda desk: desk.plain),
    "approve too late": approving("approve, until yesterday,", lambda desk: desk.shown, days=-1),
}
