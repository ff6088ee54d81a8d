"""Where requests go: the base URL of a service and what may be joined to it. A token never leaves that host."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import CredentialRejected, ProtocolError

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """The origin of a service (`https://api.example.com`) and the path before every other (`/api/0`, often "")."""

    service: str
    origin: str
    prefix: str = ""

    def join(self, path: str) -> str:
        """Return the full URL of `path`: a path under the prefix, or a whole URL of the same host (a `next` link).

        Raises:
            ProtocolError: a whole URL of another host, or a path that is no URL path.
        """
        if "://" not in path.split("?", 1)[0]:
            return f"{self.origin}{self.prefix}{path if path.startswith('/') else '/' + path}"
        target, own = _split(path), _split(self.origin)
        if target is None or own is None or _host(target) != _host(own):
            raise ProtocolError(
                f"{self.service} points to another host; its links are followed on {self.origin} only",
                fix="check the base URL: a proxy in front of the service may rewrite hosts",
            )
        # The scheme stays ours: a service behind a proxy often writes http:// into its own links.
        return f"{self.origin}{target.path}" + (f"?{target.query}" if target.query else "")


def address_of(service: str, base_url: str, variable: str, environ: Mapping[str, str]) -> Address:
    """Return the address of a service: the environment's `variable` where it is set and not empty, else `base_url`.

    Raises:
        CredentialRejected: not an http(s) URL, or plain http to anything but this machine, where it would carry the
            token in clear.
    """
    text = (environ.get(variable, "") if variable else "").strip()
    source = variable if text else f"the base URL of {service}"
    url = _split(text or base_url)
    if url is None or url.scheme not in _DEFAULT_PORTS or not url.hostname or url.query or url.fragment:
        raise CredentialRejected(
            f"{source} is not the address of a service", fix="write https://HOST, with a path where the API has one"
        )
    if url.username is not None or url.password is not None:
        raise CredentialRejected(f"{source} holds a user name or password", fix="write https://HOST without it")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise CredentialRejected(
            f"{source} is plain http to {url.hostname}: the token would travel in clear, so nothing was sent",
            fix="use https; plain http is accepted for localhost, 127.0.0.1 and [::1] only",
        )
    return Address(service, f"{url.scheme}://{url.netloc}", url.path.rstrip("/"))


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine by name or number. Other names are not looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None  # reading a bad port raises
    except ValueError:
        return None


def _host(url: SplitResult) -> tuple[str, int | None]:
    """Return host and port, the port as None where it is the default of its scheme."""
    return (url.hostname or "", None if url.port == _DEFAULT_PORTS.get(url.scheme) else url.port)
