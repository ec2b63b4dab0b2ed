/** The Python files of the site: twenty apps that differ by a number, as a real site's differ by what they are about. Pure. */

export type Files = Readonly<Record<string, string>>;

export const APPS: readonly string[] = Array.from({ length: 20 }, (_, index) => `app${String(index).padStart(2, '0')}`);

/** Modules of one app that hold its rules, beside those that Django asks for. */
const RULES = 11;

/** One app: its model, its pages, and rules that import each other. */
export function appFiles(app: string, number: number): Files {
  const label = `Item${number}`;
  const rules = Array.from({ length: RULES }, (_, index) => ruleFile(app, index));
  const names = rules.map((_, index) => `rule_${index}`);
  return {
    [`${app}/__init__.py`]: '',
    [`${app}/apps.py`]: appConfig(app),
    [`${app}/models.py`]: model(app, label),
    [`${app}/admin.py`]: `from django.contrib import admin\n\nfrom .models import ${label}\n\nadmin.site.register(${label})\n`,
    [`${app}/forms.py`]: form(label),
    [`${app}/serializers.py`]: serializer(label),
    [`${app}/filters.py`]: filter(label),
    [`${app}/urls.py`]:
      'from django.urls import path\n\nfrom . import views\n\nurlpatterns = [path("", views.index)]\n',
    [`${app}/views.py`]: view(label, names),
    [`${app}/migrations/__init__.py`]: '',
    [`${app}/migrations/0001_initial.py`]: migration(label),
    [`${app}/services/__init__.py`]: '',
    ...Object.fromEntries(rules.map((text, index) => [`${app}/services/rule_${index}.py`, text])),
  };
}

/** What a code change touches beside the version: one rule of some apps. */
export function touchedRules(version: string): Files {
  const apps = APPS.filter((_, index) => (index + Number(version)) % 4 === 0);
  return Object.fromEntries(apps.map((app) => [`${app}/services/rule_0.py`, ruleFile(app, 0, version)]));
}

function appConfig(app: string): string {
  return `from django.apps import AppConfig


class Config(AppConfig):
    name = "${app}"
    default_auto_field = "django.db.models.BigAutoField"
`;
}

function model(app: string, label: string): string {
  return `"""What ${app} keeps."""

from django.db import models


class ${label}(models.Model):
    name = models.CharField(max_length=80)
    amount = models.IntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.name
`;
}

function form(label: string): string {
  return `from django import forms

from .models import ${label}


class ${label}Form(forms.ModelForm):
    class Meta:
        model = ${label}
        fields = ("name", "amount")
`;
}

function serializer(label: string): string {
  return `from rest_framework import serializers

from .models import ${label}


class ${label}Serializer(serializers.ModelSerializer):
    class Meta:
        model = ${label}
        fields = ("id", "name", "amount")
`;
}

function filter(label: string): string {
  return `import django_filters

from .models import ${label}


class ${label}Filter(django_filters.FilterSet):
    class Meta:
        model = ${label}
        fields = ("name", "amount")
`;
}

function view(label: string, rules: readonly string[]): string {
  return `from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .filters import ${label}Filter  # noqa: F401
from .forms import ${label}Form  # noqa: F401
from .models import ${label}
from .serializers import ${label}Serializer  # noqa: F401
from .services import ${rules.join(', ')}


def index(request: HttpRequest) -> HttpResponse:
    total = sum(rule.apply(number) for number, rule in enumerate((${rules.join(', ')})))
    return render(request, "list.html", {"items": ${label}.objects.all()[:20], "total": total})
`;
}

function migration(label: string): string {
  return `from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [
        migrations.CreateModel(
            name="${label}",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("amount", models.IntegerField(default=0)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ("-created",)},
        ),
    ]
`;
}

/** About a hundred lines, as such modules have. */
function ruleFile(app: string, index: number, version = '0'): string {
  const steps = Array.from(
    { length: 12 },
    (_, step) => `
def step_${step}(value: int) -> int:
    """Step ${step} of rule ${index} of ${app}."""
    if value % ${step + 2} == 0:
        return value + ${(index * 7 + step * 13) % 97}
    return value - ${(index * 11 + step * 5) % 89}

`,
  );
  const calls = steps.map((_, step) => `step_${step}`).join(', ');
  return `"""Rule ${index} of ${app}."""

REVISION = ${version}
${steps.join('')}
def apply(value: int) -> int:
    for step in (${calls}):
        value = step(value)
    return value
`;
}
