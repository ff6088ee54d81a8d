"""What goes first when names change hands, and what keeps its place when another change is held."""

from __future__ import annotations

from typing import Any

from reconciler import OutputRef
from reconciler.model import Lifecycle


def waits(desk: Any) -> dict[str, list[str]]:
    return {f"{c.action} {c.address}": [str(a) for a in c.depends_on] for c in desk.planned().plan.changes}


def test_a_new_object_waits_for_the_one_that_gives_its_name_away(desk: Any) -> None:
    desk.want("b", name="old").want("a", name="new").had("a", name="old").sees("old", live_id="id-a")
    assert waits(desk) == {"update widgets/a": [], "create widgets/b": ["widgets/a"]}


def test_a_renamed_object_waits_for_the_one_whose_name_it_takes(desk: Any) -> None:
    desk.want("z", name="taken").had("z", name="z").sees("z")
    desk.had("a", name="taken").sees("taken", live_id="id-a")
    assert waits(desk) == {"delete widgets/a": [], "update widgets/z": ["widgets/a"]}


def test_two_objects_that_swap_their_names_are_no_cycle(desk: Any) -> None:
    desk.want("a", name="b").had("a").sees("a").want("b", name="a").had("b").sees("b")
    assert set(waits(desk)) == {"update widgets/a", "update widgets/b"}


def test_a_replacement_does_not_take_the_name_of_another_live_object(desk: Any) -> None:
    desk.want("a", name="theirs", shape="round").had("a", name="a", shape="flat").sees("a", shape="flat")
    desk.sees("theirs", live_id="9")
    assert desk.shows() == ["- widgets/a HELD dependency", "+ widgets/a HELD identity"]


def test_what_is_let_go_of_keeps_its_name(desk: Any) -> None:
    desk.want("b", name="a").had("a", lifecycle=Lifecycle(on_remove="retain")).sees("a")
    assert desk.shows() == ["retain widgets/a", "+ widgets/b HELD identity"]


def test_replacing_what_others_refer_to_is_held_and_says_how(desk: Any) -> None:
    desk.want("g", "groups").had("g", "groups").sees("g", "groups")
    desk.want("p", shape="round").had("p", shape="flat").sees("p", shape="flat", outputs={"url": "u"})
    link = OutputRef("widgets/p", "url")
    desk.want("c", link=link).had("c", link=link).sees("c", link="u")
    deletion, creation = desk.planned().plan.changes
    assert [h.gate for h in deletion.held] == ["in use"]
    assert "replaced, and widgets/c refers to it" in deletion.held[0].reason
    assert [h.gate for h in creation.held] == ["dependency"]


def test_letting_go_of_a_whole_collection_needs_allow_empty(desk: Any) -> None:
    desk.had("a", lifecycle=Lifecycle(on_remove="retain")).sees("a")
    assert desk.shows() == ["retain widgets/a HELD emptied"]
    assert desk.shows(allow_empty=frozenset({"widgets"})) == ["retain widgets/a"]


def test_removals_that_never_run_cost_no_budget(desk: Any) -> None:
    for n in range(8):
        desk.had(f"p{n}", "people").sees(f"p{n}", "people")
    desk.want("z", "people").had("z", "people").sees("z", "people")
    desk.want("b").had("b").sees("b").had("a").sees("a")
    assert "- widgets/a" in desk.shows(authority={"people": "additive"})


def test_an_object_of_a_dead_run_that_is_desired_no_more_is_removed_where_it_is_surely_ours(desk: Any) -> None:
    desk.had("a", live_id="", interrupted=True)
    (began,) = (r.applied_at for r in desk.records.values())
    desk.sees("a", live_id="7")
    assert desk.shows() == ["- widgets/a HELD owner"]
    desk.lives.clear()
    desk.sees("a", live_id="7", created_at=began)
    assert desk.shows() == ["- widgets/a"]


def test_the_order_of_a_listing_is_not_in_the_digest(desk: Any) -> None:
    headers = ({"name": "a", "value": "1"}, {"name": "b", "value": "2"})
    desk.want("w", size=2, tags=("x", "y"), headers=headers).had("w", size=1, tags=("x", "y"), headers=headers)
    desk.sees("w", size=1, tags=("x", "y"), headers=headers)
    one = desk.planned().plan.digest
    desk.lives.clear()
    desk.sees("w", size=1, tags=("y", "x"), headers=headers[::-1])
    assert desk.planned().plan.digest == one


def test_the_order_of_a_list_is_in_the_digest(desk: Any) -> None:
    desk.want("w", size=2, words=("x", "y")).had("w", size=1, words=("x", "y")).sees("w", size=1, words=("x", "y"))
    one = desk.planned().plan.digest
    desk.lives.clear()
    desk.sees("w", size=1, words=("y", "x"))
    assert desk.planned().plan.digest != one
