"""`reconcile init`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import command as make

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.cli.context import Invocation
    from reconciler.errors import Problem
    from reconciler.initial.answers import Answers
    from reconciler.initial.tool import Tool
    from reconciler.kind.settings import ProviderSettings

    Known = Mapping[str, type[ProviderSettings]]


@make("init", connects=True)
@click.option("--environment", metavar="NAME", help="What the desired state is for, as in production.")
@click.option("--provider", "types", multiple=True, metavar="TYPE", help="Use this provider type. Repeatable.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="TYPE.FIELD=VALUE",
    help="A setting of a provider; of a secret the variable that holds it. Repeatable.",
)
@click.option("--no-import", is_flag=True, help="Read nothing; write no objects.")
@click.option(
    "--tool", metavar="OWNER/NAME@COMMIT", help="Where the workflow gets this tool. Default: where it is from."
)
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
def command(
    invocation: Invocation,
    environment: str | None,
    types: tuple[str, ...],
    settings: tuple[str, ...],
    no_import: bool,
    tool: str | None,
    yes: bool,
) -> int:
    """Set a repository up: environment.yaml, schemas, .gitignore, a GitHub workflow, and what is live as YAML.

    Asks what it has to know; without a terminal it takes the flags, and says which are missing. Writes nothing before
    all is known, and then everything or nothing; what is there stays. Vendors are only read.
    """
    from reconciler.cli.ask import says_yes
    from reconciler.cli.init_text import document, exit_code, proposal, result
    from reconciler.errors import InputError
    from reconciler.initial.run import existing_environment, prepare
    from reconciler.initial.write import write_all

    known = _known(invocation)
    desired = invocation.common.desired.resolve()
    existing = existing_environment(desired)
    problems: list[Problem] = []
    source = _tool(invocation, tool, problems)
    if existing:
        answers = _kept(invocation, existing, environment, types, settings)
    else:
        answers = _answers(invocation, environment, types, settings, known, reads=not no_import)
    problems += answers.problems
    if not yes and not invocation.world.interactive():
        problems.append(_missing("there is no terminal to ask on before writing", "--yes"))
    if problems:
        raise InputError(problems)
    site = _site(invocation, source)
    prepared = invocation.run(lambda: prepare(site, answers.environment, answers.providers, imports=not no_import))
    files = prepared.files
    if (files.new or files.changed) and not yes:
        invocation.output.tell(proposal(site, prepared))
        if not says_yes("Write these files?"):
            invocation.output.error("Nothing was written.")
            return 130
    write_all(site.root, files)
    if invocation.common.format == "json":
        invocation.output.document(document(site, prepared))
    else:
        invocation.output.write(result(site, prepared))
    return exit_code(prepared)


def _known(invocation: Invocation) -> Known:
    """Return the settings model of every installed provider type that can be used."""
    catalog = invocation.catalog
    kinds = {name: catalog.kinds_of(name) for name in catalog.provider_types()}
    found = {name: next(iter(of_type.values())).settings for name, of_type in kinds.items() if of_type}
    for broken in catalog.broken:
        invocation.output.tell(f"warning: {broken.name} of {broken.origin} cannot be used: {broken.error}")
    return found


def _site(invocation: Invocation, tool: Tool) -> Any:
    from pathlib import Path

    from reconciler.initial.run import Site

    def load(tree: Path) -> Any:
        return invocation.world.load(tree, invocation.catalog, extra_env_files=invocation.common.env_files)

    desired = invocation.common.desired.resolve()
    return Site(
        desired=desired,
        catalog=invocation.catalog,
        runtime=invocation.runtime,
        load=load,
        validate=lambda tree: invocation.world.validate(tree, invocation.catalog),
        top=invocation.runtime.git(desired.parent).root(),
        tool=tool,
        progress=invocation.progress,
        deadline=invocation.common.deadline,
    )


def _tool(invocation: Invocation, given: str | None, problems: list[Problem]) -> Tool:
    from reconciler.errors import Problem
    from reconciler.initial.tool import BY_VARIABLES, given_tool, installed_tool

    if given is None:
        return installed_tool(invocation.runtime.git) or BY_VARIABLES
    tool = given_tool(given)
    if tool is None:
        problems.append(Problem(f"--tool: {given!r} is not OWNER/NAME@COMMIT", "write all 40 characters of the commit"))
    return tool or BY_VARIABLES


def _kept(
    invocation: Invocation, existing: str, environment: str | None, types: tuple[str, ...], settings: tuple[str, ...]
) -> Answers:
    """Return no answers: environment.yaml says it all. Flags that ask for something else are problems."""
    from reconciler.errors import Problem
    from reconciler.importing.files import dump
    from reconciler.initial.answers import Answers, begin, compare
    from reconciler.initial.run import written_settings

    project, answers = invocation.project, Answers()
    path = f"{invocation.common.desired.name}/{existing}"
    if environment not in (None, project.environment):
        said = f"--environment {environment}: {path} is there, and is for {project.environment}"
        answers.problems.append(Problem(said, f"edit {path} by hand, or use another folder with --desired DIR"))
    there = {instance.type for instance in project.instances.values()}
    known = _known(invocation)
    wanted = begin("", [name for name in types if name not in there], known)
    answers.problems += wanted.problems
    written = written_settings(invocation.common.desired.resolve() / existing)
    for given in settings:
        if given.partition(".")[0].strip() not in wanted.providers:  # of those all is to be written there anyway
            answers.problems += compare(given, written, path, known)
    for name, data in wanted.providers.items():
        lines = dump({name: data}, levels=2).rstrip().replace("\n", "\n      ")
        said = f"--provider {name}: {path} is there without it, and is never overwritten"
        answers.problems.append(Problem(said, f"add to `providers:` there, and run this again:\n      {lines}"))
    return answers


def _answers(
    invocation: Invocation,
    environment: str | None,
    types: tuple[str, ...],
    settings: tuple[str, ...],
    known: Known,
    *,
    reads: bool,
) -> Answers:
    from reconciler.initial.answers import assign, begin, judge, put, required, value_of

    asks = invocation.world.interactive()
    name = environment or (_ask_name() if asks else "")
    chosen = types or (_ask_types(invocation, known) if asks else ())
    answers = begin(name, chosen, known)
    if not name:
        answers.problems.append(_missing("the environment has no name", "--environment NAME, as in production"))
    if not chosen:
        what = f"--provider TYPE, of {', '.join(sorted(known)) or 'none: no provider is installed'}"
        answers.problems.append(_missing("no provider is chosen", what))
    for given in settings:
        assign(answers, given, known)
    if asks:
        for provider_type, data in answers.providers.items():
            for question in required(provider_type, known[provider_type], reads=reads):
                if question.missing_in(data):
                    text = click.prompt(question.text, default="", show_default=False, err=True)
                    put(data, question.path, value_of(question.shape, str(text)))
    judge(answers, known, reads=reads)
    return answers


def _missing(what: str, flag: str) -> Problem:
    from reconciler.errors import Problem

    return Problem(what, f"add {flag}")


def _ask_name() -> str:
    from reconciler.initial.answers import wrong_environment

    def checked(text: str) -> str:
        wrong = wrong_environment(text.strip())
        if wrong:
            raise click.BadParameter(wrong)
        return text.strip()

    return str(click.prompt("Name of the environment", default="production", value_proc=checked, err=True))


def _ask_types(invocation: Invocation, known: Known) -> tuple[str, ...]:
    """Ask for provider types; the default are those whose credentials are set."""
    from reconciler.initial.answers import variables

    environ = invocation.runtime.environ
    needs = {name: tuple(variables(model).values()) for name, model in sorted(known.items())}
    ready = [name for name, names in needs.items() if names and all(environ.get(n) for n in names)]

    def checked(text: str) -> tuple[str, ...]:
        names = tuple(text.replace(",", " ").split())
        strange = [n for n in names if n not in known]
        if strange or not names:
            raise click.BadParameter(f"there is no {', '.join(strange)}" if strange else "name at least one")
        return names

    for name, names in needs.items():
        listed = f" (needs {', '.join(names)}{': set' if name in ready else ''})" if names else ""
        invocation.output.tell(f"  {name}{listed}")
    default = " ".join(ready) or None
    asked = click.prompt("Providers to use, of these", default=default, value_proc=checked, err=True)
    return tuple(asked)
