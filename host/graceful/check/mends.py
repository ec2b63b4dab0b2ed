"""What to do about an answer that is not good: each kind has its usual causes, and they are not found in the same place."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..errors import HealthAnswer
from ..release.spec import Health
from .http import Address

#: What a web server says that cannot connect to a backend, or waits for it in vain.
GATEWAY = (502, 504)
UNREACHED = (
    "The release answers by itself, and the web server does not reach it: is its user in the group of the site's sockets, and"
    " was it restarted since? Its error log says more; compare its site with examples/host/."
)
UNLIKE = "Compare the web server's site with examples/host/; `verify.local` says where the host reaches it."
SLOW = "Read its log, which is shown with this; mend the site, or raise `health.timeout`, and try again."
BROKEN = "Read its answer and its log, which are shown with this; mend the site, and try again."
NO_PAGE = (
    "Name a page of the site in graceful.yml: health: { path: /admin/login/ }, say. The default is /, which a fresh"
    " project lacks."
)
FOR_EVERYONE = (
    "Name a page in graceful.yml that answers by itself, to everyone: health: { path: /admin/login/ }, say."
)
TO_HTTPS = "The site wants https, and the stage's `url` is http: write `url` with https, or switch SECURE_SSL_REDIRECT off."
BEHIND_TLS = (
    "Django does not know that its visitors use https: add to the settings"
    ' SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https"), and deploy that.'
)


def mend_of_backend(answer: HealthAnswer | None, url: Address, health: Health) -> str:
    """What to do where a backend itself does not answer well."""
    if answer is None:
        return SLOW
    if answer.location is not None and 300 <= answer.status < 400:
        return _of_redirect(answer.location, url, health)
    if answer.status == 400:
        return _of_host(url)
    if answer.status == 404:
        return NO_PAGE
    if health.status is not None and answer.status not in health.status:
        return f"Compare `health.status` in graceful.yml with what {health.path} answers; its body is shown with this."
    if answer.status < 300:
        return f"Compare `health.body` in graceful.yml with what {health.path} answers, which is shown with this."
    return BROKEN


def mend_of_web_server(answer: HealthAnswer | None, url: Address) -> str:
    """The same for the host's web server, when the backend is good."""
    if answer is not None and answer.status == 400:
        return _of_host(url)
    return UNREACHED if answer is not None and answer.status in GATEWAY else UNLIKE


def _of_host(url: Address) -> str:
    """What Django says to a name that it does not know, before any view."""
    return (
        f"Django answers 400 where ALLOWED_HOSTS lacks the host: asked with `Host: {url.header}`, from the stage's `url`."
        f" Add {url.host!r} to ALLOWED_HOSTS, or mend `url`, and deploy that."
    )


def _of_redirect(location: str, url: Address, health: Health) -> str:
    target = urlsplit(location)
    if target.scheme == "https" and target.path == health.path:
        return BEHIND_TLS if url.scheme == "https" else TO_HTTPS
    if target.path == f"{health.path}/":
        return f"Write it in graceful.yml as the site does: health: {{ path: {target.path} }}."
    return FOR_EVERYONE
