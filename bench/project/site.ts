/** What is the site's own beside its apps: settings, pages, version. Pure. */
import { APPS, type Files } from './python.ts';

/** Path of the file that holds what pages say of themselves in `X-Version`. */
const VERSION_FILE = 'site_project/version.py';

/** Those with few static files of their own. */
const THIRD_PARTY = ['django_filters', 'taggit', 'mptt', 'crispy_forms', 'corsheaders'];

export const versionFile = (version: string): Files => ({ [VERSION_FILE]: `VERSION = "${version}"\n` });

/** What the server imports cannot be imported. No command of `manage.py` needs it: only who starts the server finds out. */
export const BROKEN: Files = {
  'site_project/wsgi.py': 'from site_project.nowhere import nothing  # noqa: F401\n',
};

export function siteFiles(): Files {
  return {
    'manage.py': MANAGE,
    '.gitignore': '__pycache__/\n/staticfiles/\n/venv/\n/data/\n',
    'site_project/__init__.py': '',
    'site_project/settings.py': settings(),
    'site_project/middleware.py': MIDDLEWARE,
    'site_project/urls.py': urls(),
    'site_project/views.py': VIEWS,
    'site_project/wsgi.py': WSGI,
    'templates/base.html': BASE,
    'templates/list.html': LIST,
  };
}

const MANAGE = `#!/usr/bin/env python3
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_project.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
`;

const WSGI = `import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_project.settings")
application = get_wsgi_application()
`;

const MIDDLEWARE = `from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .version import VERSION


def tell_version(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Version"] = VERSION
        return response

    return middleware
`;

const VIEWS = `import lxml.etree  # noqa: F401
import PIL.Image  # noqa: F401
import requests  # noqa: F401
from app00.models import Item0
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "list.html", {"items": Item0.objects.all()[:20], "total": Item0.objects.count()})


def health(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("well")
`;

const BASE = `{% load static %}<!doctype html>
<html lang="en">
<head>
<title>Site</title>
<link rel="stylesheet" href="{% static 'app00/main.css' %}">
<script src="{% static 'app00/part_0.js' %}"></script>
</head>
<body>{% block content %}{% endblock %}</body>
</html>
`;

const LIST = `{% extends "base.html" %}
{% block content %}<p>{{ total }}</p><ul>{% for item in items %}<li>{{ item }}</li>{% endfor %}</ul>{% endblock %}
`;

function urls(): string {
  const own = APPS.map((app) => `    path("${app}/", include("${app}.urls")),\n`).join('');
  return `from django.contrib import admin
from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.home),
    path("healthz", views.health),
    path("admin/", admin.site.urls),
${own}]
`;
}

function settings(): string {
  const contrib = ['admin', 'auth', 'contenttypes', 'sessions', 'messages', 'staticfiles'];
  const apps = [...contrib.map((name) => `django.contrib.${name}`), ...THIRD_PARTY, ...APPS];
  return `import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
# The web server has a server for each name.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
${apps.map((name) => `    "${name}",\n`).join('')}]
MIDDLEWARE = [
    "site_project.middleware.tell_version",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "site_project.urls"
WSGI_APPLICATION = "site_project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", BASE_DIR / "site.sqlite3"),
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"},
    },
}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
`;
}
