"""The repository itself and who is around it: what official clients ask for before they do anything."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler_github.sandbox.answers import answering, error, paged
from reconciler_github.sandbox.store import Invalid, Store, stamp

_USER_LINKS = """followers following{/other_user} gists{/gist_id} starred{/owner}{/repo} subscriptions
organizations:orgs repos events{/privacy} received_events"""
_REPOSITORY_LINKS = """archive assignees blobs branches collaborators comments commits compare contents contributors
deployments downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels
languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams
trees"""
WEB = "https://github.com"


def user(home: str, number: int, login: str, kind: str = "User") -> dict[str, Any]:
    """Return a simple user. `home` is where the API is reached."""
    url = f"{home}/users/{login}"
    links = {}
    for text in _USER_LINKS.split():
        name, _, path = text.partition(":")
        plain = name.partition("{")[0]
        links[f"{plain}_url"] = f"{url}/{path or name}"
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{WEB}/{login}.png",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{WEB}/{login}",
        **links,
        "type": kind,
        "site_admin": False,
    }


def team(home: str, number: int, slug: str, organization: str) -> dict[str, Any]:
    """Return a team."""
    url = f"{home}/teams/{number}"
    return {
        "id": number,
        "node_id": f"T_{number}",
        "name": slug.replace("-", " ").title(),
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "push",
        "type": "organization",
        "url": url,
        "html_url": f"{WEB}/orgs/{organization}/teams/{slug}",
        "members_url": url + "/members{/member}",
        "repositories_url": f"{url}/repos",
        "parent": None,
    }


class People:
    """The endpoints of the repository, its branches, its collaborators and its teams."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def routes(self, base: str) -> list[Route]:
        """Return the routes; `base` is the path of the repository."""
        found = {
            base: self.repository,
            "/repositories/{number:int}": self.repository,
            f"{base}/branches": self.branches,
            f"{base}/branches/{{branch:path}}/protection": self.protection,
            f"{base}/branches/{{branch:path}}": self.branch,
            f"{base}/collaborators": self.collaborators,
            f"{base}/teams": self.teams,
            "/user": self.me,
            "/users/{login}": self.user,
            "/orgs/{organization}/teams/{slug}": self.team,
        }
        return [Route(path, answering(endpoint), methods=["GET"]) for path, endpoint in found.items()]

    async def repository(self, request: Request) -> Response:
        """Return the repository, also by its number."""
        if request.path_params.get("number", self.store.repository_id) != self.store.repository_id:
            raise Invalid(404, "Not Found")
        return JSONResponse(self._repository())

    def _repository(self) -> dict[str, Any]:
        store = self.store
        url, web, created = f"{store.home}/repos/{store.full_name}", f"{WEB}/{store.full_name}", stamp(store.now())
        counts = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
        switches = "fork has_projects has_wiki has_pages has_discussions disabled"
        return {
            "id": store.repository_id,
            "node_id": f"R_{store.repository_id}",
            "name": store.name,
            "full_name": store.full_name,
            "owner": user(
                store.home, store.repository_id + 1, store.owner, "Organization" if store.organization else "User"
            ),
            "private": store.private,
            "visibility": "private" if store.private else "public",
            "url": url,
            "html_url": web,
            **{f"{name}_url": f"{url}/{name}" for name in _REPOSITORY_LINKS.split()},
            "clone_url": f"{web}.git",
            "git_url": f"git:github.com/{store.full_name}.git",
            "ssh_url": f"git@github.com:{store.full_name}.git",
            "svn_url": web,
            **dict.fromkeys(counts.split(), 0),
            **dict.fromkeys(("network_count", "subscribers_count"), 0),
            **dict.fromkeys(switches.split(), False),
            **dict.fromkeys(("description", "homepage", "language", "mirror_url", "license")),
            "has_issues": True,
            "archived": store.archived,
            "default_branch": store.branches[0],
            "permissions": {"admin": True, "maintain": True, "push": True, "triage": True, "pull": True},
            **{moment: created for moment in ("pushed_at", "created_at", "updated_at")},
        }

    async def branches(self, request: Request) -> Response:
        """List the branches."""
        return paged(request, self.store.branches, self._branch)

    async def branch(self, request: Request) -> Response:
        """Return one branch."""
        if request.path_params["branch"] not in self.store.branches:
            raise Invalid(404, "Branch not found")
        return JSONResponse(self._branch(request.path_params["branch"]))

    def _branch(self, name: str) -> dict[str, Any]:
        sha = "6dcb09b5b57875f334f61aebed695e2e4193db5e"
        url = f"{self.store.home}/repos/{self.store.full_name}/commits/{sha}"
        return {"name": name, "commit": {"sha": sha, "url": url}, "protected": False}

    async def protection(self, request: Request) -> Response:
        """Classic branch protection: there is none, which is also what a token without the right is told."""
        return error(404, "Branch not protected")

    async def collaborators(self, request: Request) -> Response:
        """List who has access."""
        rights = dict.fromkeys(("pull", "triage", "push", "maintain", "admin"), True)
        found = sorted(self.store.users.items())
        return paged(
            request, found, lambda u: {**user(self.store.home, *u), "permissions": rights, "role_name": "admin"}
        )

    async def teams(self, request: Request) -> Response:
        """List the teams with access."""
        return paged(request, sorted(self.store.teams.items()), self._team)

    async def me(self, request: Request) -> Response:
        """Return who the token belongs to."""
        return JSONResponse(self._public(*next(iter(self.store.users.items()))))

    async def user(self, request: Request) -> Response:
        """Return a user by login, in any case."""
        wanted = request.path_params["login"].lower()
        found = next((u for u in self.store.users.items() if u[1].lower() == wanted), None)
        if found is None:
            raise Invalid(404, "Not Found")
        return JSONResponse(self._public(*found))

    def _public(self, number: int, login: str) -> dict[str, Any]:
        made = stamp(self.store.now())
        unset = dict.fromkeys(("bio", "blog", "company", "email", "hireable", "location", "name"))
        none = dict.fromkeys(("followers", "following", "public_gists", "public_repos"), 0)
        public = {"user_view_type": "public", "created_at": made, "updated_at": made}
        return {**user(self.store.home, number, login), **unset, **none, **public}

    async def team(self, request: Request) -> Response:
        """Return a team by slug."""
        wanted = request.path_params["slug"].lower()
        found = next((t for t in self.store.teams.items() if t[1] == wanted), None)
        if found is None or request.path_params["organization"].lower() != self.store.owner.lower():
            raise Invalid(404, "Not Found")
        return JSONResponse(self._team(found))

    def _team(self, item: tuple[int, str]) -> dict[str, Any]:
        return team(self.store.home, item[0], item[1], self.store.owner)
