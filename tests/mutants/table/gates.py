"""Mutants of the gates, of approvals and of digests."""

from __future__ import annotations

from mutant import mutant

PLAN = "plan/test_gates.py::"
MORE = "plan/test_gates_more.py::"
BAD = "engine/test_bad_days.py::"
SAFE = "engine/test_safety_more.py::"
COMMIT = "test_commit.py::"
APPROVE = "plan/test_approvals.py::"
DIGEST = "plan/test_digest.py::"
DIGESTS = "plan/test_digest_more.py::"
ACCOUNT = PLAN + "test_the_account_gate_lets_only_the_right_account_through"
LISTING = PLAN + "test_an_implausible_listing_holds_creates_and_deletes_of_the_kind"
EMPTIED = PLAN + "test_a_collection_that_goes_from_some_to_none_needs_allow_empty"
BUDGET = PLAN + "test_the_delete_budget_holds_all_or_none"
UPDATES = PLAN + "test_the_update_budget"
DATA = PLAN + "test_deleting_what_holds_data_needs_an_approval_of_that_very_change"
EXTERNAL = PLAN + "test_a_reference_to_something_unmanaged_must_resolve_to_exactly_one"
AUTHORITY = PLAN + "test_authority_decides_whether_a_collection_may_lose_objects"
COVERS = DIGESTS + "test_a_digest_covers"

GATES = (
    mutant(
        "account: any account is right",
        "plan/gates.py",
        "        if scope.fields.get(name) != value\n",
        "        if False\n",
        ACCOUNT,
    ),
    mutant(
        "account: the recorded account wins over expect",
        "plan/gates.py",
        '(expect, "expect:") if expect else',
        '(expect, "expect:") if expect and not recorded else',
        ACCOUNT,
    ),
    mutant(
        "account: an instance of another account is read all the same",
        "engine/observe.py",
        "                if reason:\n",
        "                if not reason and reason:\n",
        BAD + "test_a_token_of_another_account_runs_nothing",
    ),
    mutant(
        "account: the first scope seen is not recorded",
        "engine/applying.py",
        "scopes = {**{n: dict(s.fields) for n, s in seen.observation.scopes.items()}, **seen.state.scopes}",
        "scopes = {**seen.state.scopes}",
        BAD + "test_a_token_of_another_account_runs_nothing",
    ),
    mutant(
        "account: not checked again before writing",
        "engine/applying.py",
        "if scope != seen.observation.scopes.get(name):",
        "if False:",
        SAFE + "test_an_account_that_changes_between_reading_and_writing_stops_its_instance",
    ),
    mutant("listing: two missing are enough", "plan/gates.py", "missing < 3", "missing < 2", LISTING),
    mutant(
        "listing: half is enough",
        "plan/gates.py",
        "missing * 2 <= len(records)",
        "missing * 2 < len(records)",
        LISTING,
    ),
    mutant(
        "listing: creates go on",
        "plan/gates.py",
        "isinstance(c, Create | Recreate | Delete | Disable | Forget)",
        "isinstance(c, Recreate | Delete | Disable | Forget)",
        LISTING,
    ),
    mutant(
        "listing: deletes go on",
        "plan/gates.py",
        "isinstance(c, Create | Recreate | Delete | Disable | Forget)",
        "isinstance(c, Create | Recreate | Disable | Forget)",
        MORE + "test_an_implausible_listing_holds_the_removals_that_are_left",
    ),
    mutant(
        "listing: forgets go on",
        "plan/gates.py",
        "isinstance(c, Create | Recreate | Delete | Disable | Forget)",
        "isinstance(c, Create | Recreate | Delete | Disable)",
        LISTING,
    ),
    mutant(
        "listing: other kinds are held too",
        "plan/gates.py",
        "            and c.kind == kind\n            and isinstance(c, Create",
        "            and isinstance(c, Create",
        LISTING,
    ),
    mutant(
        "listing: one that could not be read counts as empty",
        "plan/gates.py",
        "if listing.unknown or missing < 3",
        "if missing < 3",
        MORE + "test_a_listing_that_could_not_be_read_is_no_implausible_one",
    ),
    mutant(
        "emptied: n to 0 goes on",
        "plan/gates.py",
        "        if count and kind not in wanted",
        "        if not count and kind not in wanted",
        EMPTIED,
    ),
    mutant("emptied: allow_empty is ignored", "plan/gates.py", " and kind not in situation.allow_empty", "", EMPTIED),
    mutant(
        "emptied: an approval releases it",
        "plan/gates.py",
        'holds.update(_each(affected, "emptied", reason, step, approvable=False))',
        'holds.update(_each(affected, "emptied", reason, step, approvable=True))',
        EMPTIED,
    ),
    mutant(
        "protect: the recorded side is ignored",
        "plan/gates.py",
        "change.recorded.lifecycle.protect or (wanted and wanted.lifecycle.protect)",
        "wanted and wanted.lifecycle.protect",
        PLAN + "test_what_was_recorded_as_protected_is_not_removed",
    ),
    mutant(
        "protect: the desired side is ignored",
        "plan/gates.py",
        "change.recorded.lifecycle.protect or (wanted and wanted.lifecycle.protect)",
        "change.recorded.lifecycle.protect",
        PLAN + "test_a_replacement_of_what_desired_protects_is_held",
    ),
    mutant(
        "protect: disabling goes on",
        "plan/gates.py",
        "    for change in changes:\n        if isinstance(change, Delete | Disable):\n            wanted",
        "    for change in changes:\n        if isinstance(change, Delete):\n            wanted",
        MORE + "test_a_protected_person_is_not_disabled",
    ),
    mutant("budget: six in all", "plan/gates.py", "if len(removals) > 5:", "if len(removals) > 6:", BUDGET),
    mutant("budget: a fifth of a kind", "plan/gates.py", "max(1, recorded // 10)", "max(1, recorded // 5)", BUDGET),
    mutant("budget: two always go", "plan/gates.py", "max(1, recorded // 10)", "max(2, recorded // 10)", BUDGET),
    mutant(
        "budget: a choice of some is held",
        "plan/gates.py",
        'holds.update(_each(gone, "budget"',
        'holds.update(_each(gone[1:], "budget"',
        BUDGET,
    ),
    mutant(
        "budget: disabling does not count",
        "plan/gates.py",
        "    removals = [c for c in changes if isinstance(c, Delete | Disable)]",
        "    removals = [c for c in changes if isinstance(c, Delete)]",
        PLAN + "test_five_removals_over_several_kinds_go_and_six_are_held_together",
    ),
    mutant(
        "budget: half of the updates is too many",
        "plan/gates.py",
        "len(updates) * 2 > recorded",
        "len(updates) * 2 >= recorded",
        UPDATES,
    ),
    mutant("budget: updates have none", "plan/gates.py", "if recorded >= 10 and len(updates)", "if 0 and len(updates)", UPDATES),
    mutant("budget: small kinds have one for updates", "plan/gates.py", "recorded >= 10", "recorded >= 9", UPDATES),
    mutant(
        "meaning: the kind's guards are not asked",
        "plan/gates.py",
        "            if change.address in refused:\n",
        "            if change.address not in group and False:\n",
        PLAN + "test_the_last_admin_is_never_removed_and_no_approval_helps",
    ),
    mutant(
        "meaning: an approval overrules a guard",
        "plan/gates.py",
        'Hold("meaning", refused[change.address])',
        'Hold("meaning", refused[change.address], "", change.digest)',
        PLAN + "test_the_last_admin_is_never_removed_and_no_approval_helps",
    ),
    mutant(
        "meaning: demotions are not guarded",
        "plan/gates.py",
        "isinstance(change, Delete | Disable | Update | Adopt):\n            groups",
        "isinstance(change, Delete | Disable):\n            groups",
        PLAN + "test_the_last_admin_is_not_demoted",
    ),
    mutant(
        "meaning: the last admin of the accounts may go",
        "providers/accounts/src/reconciler_accounts/guards.py",
        "    if leaving and not any(",
        "    if leaving and any(",
        "providers/accounts/tests/test_models.py::test_guards_hold_exactly_what_would_lock_everybody_out",
    ),
    mutant(
        "meaning: the operator may be demoted",
        "providers/accounts/src/reconciler_accounts/guards.py",
        "            if renamed or not _stays_admin(after):",
        "            if renamed:",
        "providers/accounts/tests/test_models.py::test_guards_hold_exactly_what_would_lock_everybody_out",
    ),
    mutant(
        "data: what holds data is deleted without an approval",
        "plan/gates.py",
        "situation.kinds[change.kind].data_bearing:",
        "not situation.kinds[change.kind]:",
        DATA,
    ),
    mutant(
        "data: no approval helps",
        "plan/gates.py",
        '"approve it by its digest", change.digest)',
        '"approve it by its digest")',
        DATA,
    ),
    mutant(
        "backup: a deleted object is not kept",
        "engine/backup.py",
        "        if isinstance(change, Delete | Disable | Update)",
        "        if isinstance(change, Disable | Update)",
        SAFE + "test_what_is_taken_away_or_changed_is_in_the_record_of_the_run",
    ),
    mutant(
        "backup: an updated field is not kept",
        "engine/backup.py",
        "        if isinstance(change, Delete | Disable | Update)",
        "        if isinstance(change, Delete | Disable)",
        SAFE + "test_what_is_taken_away_or_changed_is_in_the_record_of_the_run",
    ),
    mutant(
        "backup: secrets are kept as they are",
        "engine/backup.py",
        '{"$fingerprint": fingerprint(value.reveal())}',
        '{"$fingerprint": value.reveal()}',
        SAFE + "test_a_backup_holds_no_secret",
    ),
    mutant(
        "commit: the gate is not asked",
        "engine/applying.py",
        "engine.look(self.options, gate=self._commit_gate)",
        "engine.look(self.options)",
        SAFE + "test_an_apply_asks_the_commit_gate_before_it_reads_anything",
    ),
    mutant(
        "commit: a dirty desired/ is fine",
        "commit.py",
        "    if changed:\n",
        "    if not changed and changed:\n",
        COMMIT + "test_a_dirty_desired_is_refused_and_the_file_is_named",
    ),
    mutant(
        "commit: an older one is fine",
        "commit.py",
        "    if not git.is_ancestor(last, head):",
        "    if not git.is_ancestor(head, last) and not git.is_ancestor(last, head):",
        COMMIT + "test_an_older_commit_is_out_of_order",
    ),
    mutant(
        "commit: one on another line is fine",
        "commit.py",
        "    if not git.is_ancestor(last, head):",
        "    if git.is_ancestor(head, last):",
        COMMIT + "test_a_commit_on_another_line_is_out_of_order",
    ),
    mutant(
        "commit: one that is not merged is fine",
        "commit.py",
        "    if not git.is_ancestor(head, tip):",
        "    if not tip:",
        COMMIT + "test_an_unmerged_head_is_held",
    ),
    mutant(
        "commit: without the branch nothing has to be merged",
        "commit.py",
        "    if not tip:\n",
        "    if not tip:\n        return\n    if False:\n",
        COMMIT + "test_apply_from_names_another_branch",
    ),
    mutant(
        "authority: observe changes things",
        "plan/gates.py",
        'if mode == "observe":',
        'if mode == "observed":',
        AUTHORITY,
    ),
    mutant("authority: additive deletes", "plan/gates.py", 'mode == "additive"', 'mode == "added"', AUTHORITY),
    mutant(
        "authority: additive does not create",
        "plan/gates.py",
        'mode == "additive" and isinstance(change, Delete | Disable)',
        'mode == "additive"',
        PLAN + "test_additive_still_creates_and_observe_only_reports",
    ),
    mutant("reference: a missing one is fine", "plan/planner.py", "            if not ids:\n", "            if ids is None:\n", EXTERNAL),
    mutant("reference: any of several will do", "plan/planner.py", "if len(ids) > 1:", "if len(ids) > 9:", EXTERNAL),
    mutant(
        "reference: names that could not be read are ignored",
        "plan/planner.py",
        "            if names is None:\n",
        "            if names is None:\n                continue\n            if False:\n",
        EXTERNAL,
    ),
    mutant(
        "reference: a parent that could not be read is taken for made",
        "plan/planner.py",
        "if target not in made and (item is None or not live_id_of(item)):",
        "if False:",
        MORE + "test_what_refers_to_something_that_could_not_be_read_waits",
    ),
    mutant(
        "target: a child goes without its parent",
        "plan/planner.py",
        "        if not missing:\n            return None\n",
        "        return None\n",
        PLAN + "test_a_child_whose_missing_parent_is_not_selected_is_held",
    ),
    mutant(
        "target: gates see the narrowed plan only",
        "plan/planner.py",
        "changes = apply_gates(changes, _situation(given))",
        "changes = apply_gates(_selected(changes, given, shapes), _situation(given))",
        PLAN + "test_gates_see_the_whole_plan_before_targets_narrow_it",
    ),
    mutant(
        "dependency: children of a held creation go on",
        "plan/planner.py",
        "            if parent is not None:\n",
        "            if parent is not None and removal:\n",
        PLAN + "test_a_held_creation_holds_its_children",
    ),
    mutant(
        "dependency: a parent is removed before its held child",
        "plan/planner.py",
        "            if parent is not None:\n",
        "            if parent is not None and not removal:\n",
        PLAN + "test_a_held_child_removal_holds_its_parents_removal",
    ),
    mutant(
        "dependency: only direct children are held",
        "plan/planner.py",
        "                held.add(i)\n                grown = True\n",
        "",
        MORE + "test_grandchildren_of_a_held_creation_wait_too",
    ),
    mutant(
        "dependency: a held update holds its children",
        "plan/planner.py",
        "(removal or not isinstance(changes[j], Update))",
        "(removal or changes)",
        MORE + "test_a_held_update_does_not_hold_what_refers_to_it",
    ),
    mutant(
        "identity: a rename onto a name that exists goes on",
        "plan/planner.py",
        "if not isinstance(change, Update) or other is None or",
        "if isinstance(change, Update) or other is None or",
        PLAN + "test_renaming_onto_a_name_that_exists_is_held",
    ),
    mutant(
        "in use: what is still referred to is removed",
        "plan/in_use.py",
        "        if not by:\n",
        "        if by or not by:\n",
        PLAN + "test_what_a_released_field_still_refers_to_is_not_removed",
    ),
    mutant(
        "in use: what desired lets go of counts",
        "plan/in_use.py",
        "**(item.desired.spec if item.desired else {})}",
        "}",
        PLAN + "test_what_a_field_is_about_to_let_go_of_can_be_removed",
    ),
    mutant(
        "provider: its own hold is ignored",
        "plan/planner.py",
        'held = (*change.held, Hold("provider", seen.hold, seen.next)) if seen.hold else change.held',
        "held = change.held",
        MORE + "test_what_a_provider_holds_is_held",
    ),
    mutant(
        "secret: a missing value holds nothing",
        "engine/needed.py",
        "        if missing and not change.held:",
        "        if missing and change.held:",
        "engine/test_loop.py::test_a_missing_secret_holds_its_change_and_nothing_else",
    ),
)

APPROVALS = (
    mutant("approval: eleven digits", "plan/approve.py", "PREFIX = 12", "PREFIX = 11", APPROVE + "test_fewer_than_twelve_digits_release_nothing"),
    mutant("approval: thirteen digits", "plan/approve.py", "PREFIX = 12", "PREFIX = 13", APPROVE + "test_a_set_is_released_by_its_set_digest"),
    mutant("approval: an expired one counts", "plan/approve.py", "if date.fromisoformat(approval.until) < today:", "if False:", APPROVE + "test_an_approval_lasts_to_the_end_of_its_day"),
    mutant("approval: its last day does not count", "plan/approve.py", "(approval.until) < today", "(approval.until) <= today", APPROVE + "test_an_approval_lasts_to_the_end_of_its_day"),
    mutant("approval: a member's digest releases the set", "plan/gates.py", "digest = set_digest(gate, (c.digest for c in chosen)) if", "digest = chosen[0].digest if", APPROVE + "test_a_set_is_not_released_by_the_digest_of_one_member"),
    mutant("approval: the set digest is the same for any set", "plan/digest.py", '"changes": sorted(digests)}', '"changes": []}', APPROVE + "test_the_set_digest_changes_with_the_set"),
    mutant("approval: any digest will do", "plan/approve.py", " and digest.startswith(approval.digest)", "", APPROVE + "test_a_set_is_not_released_by_the_digest_of_one_member"),
    mutant("approval: one hold's releases all of the change", "plan/approve.py", "        else:\n            left.append(hold)\n", "", MORE + "test_an_approval_releases_its_own_hold_and_no_other"),
    mutant("approval: a stale one is called unused", "plan/approve.py", "ApprovalNote(approval, \"stale\" if stale else \"unused\")", "ApprovalNote(approval, \"unused\")", APPROVE + "test_an_approval_of_what_was_held_before_and_has_changed_since_is_stale"),
)

DIGESTS_TABLE = tuple(
    mutant(f"digest: leaves out {what}", "plan/digest.py", old, "", COVERS)
    for what, old in (
        ("the environment", '            "environment": environment,\n'),
        ("the instance", '            "instance": change.provider,\n'),
        ("the account", '            "account": account,\n'),
        ("the address", '            "address": str(change.address),\n'),
        ("the live id", '            "live_id": live_id,\n'),
        ("the revision of the record", '            "revision": change.revision,\n'),
        ("the action", '            "action": change.action,\n'),
        ("the live values", '            "before": before,\n'),
        ("the spec", '            "after": as_written(after),\n'),
    )
)

DIGEST_RULES = (
    mutant("digest: leaves out rotate", "plan/digest.py", '{"$secret": name, "rotate": rotate}', '{"$secret": name}', COVERS),
    mutant("digest: leaves out which secret", "plan/digest.py", '{"$secret": name, "rotate": rotate}', '{"$secret": 0, "rotate": rotate}', COVERS),
    mutant("digest: leaves out which output", "plan/digest.py", '{"$from": str(value)}', '{"$from": 0}', COVERS),
    mutant("digest: leaves out the size of a generated value", "plan/digest.py", '{"$generate": size, "rotate": rotate}', '{"$generate": 0, "rotate": rotate}', COVERS),
    mutant("digest: takes in live secrets", "plan/digest.py", "if sub.secret or sub.write_only or isinstance(have, SecretValue | Unknown | Unreadable):", "if False:", DIGESTS + "test_a_live_text_in_a_secret_field_never_enters_it"),
    mutant("digest: takes in fields nobody manages", "plan/digest.py", "    for name, want in written.items():\n        sub", "    for name, want in {**live, **written}.items():\n        sub", DIGESTS + "test_it_does_not_depend_on_what_is_not_managed"),
    mutant("digest: of a plan leaves out its targets", "plan/digest.py", '"targets": sorted(targets), ', "", DIGEST + "test_the_plan_digest_covers_what_the_plan_was_narrowed_to"),
    mutant("digest: of a plan leaves out its changes", "plan/digest.py", '{"changes": sorted(c.digest for c in changes), ', "{", DIGESTS + "test_the_plan_digest_covers_its_changes"),
    mutant("digest: of a plan leaves out its providers", "plan/digest.py", ', "providers": sorted(providers)}', "}", DIGESTS + "test_the_plan_digest_covers_the_providers_it_was_narrowed_to"),
)

ALL = (*GATES, *APPROVALS, *DIGESTS_TABLE, *DIGEST_RULES)
