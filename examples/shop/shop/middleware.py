"""Says with each answer which release gave it."""

import os
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def tell_release(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    release = os.environ.get("GRACEFUL_RELEASE", "none")

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Release"] = release
        return response

    return middleware
