import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from shop.version import VERSION

from .forms import OrderForm, PictureForm
from .models import Order, Picture


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    context = {
        "version": VERSION,
        "orders": Order.objects.count(),
        "pictures": Picture.objects.order_by("-id")[:5],
        "order_form": OrderForm(),
        "picture_form": PictureForm(),
    }
    return render(request, "orders/index.html", context)


@require_http_methods(["GET", "POST"])
def order(request: HttpRequest) -> HttpResponse:
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("index")
    status = 400 if request.method == "POST" else 200
    return render(request, "orders/order.html", {"version": VERSION, "form": form}, status=status)


@require_http_methods(["POST"])
def upload(request: HttpRequest) -> HttpResponse:
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        form.save()
        return redirect("index")
    return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain")


@require_safe
def slow(request: HttpRequest) -> HttpResponse:
    """Takes its time, as a report or a payment does; two minutes at most."""
    seconds = min(float(request.GET.get("seconds", "1")), 120.0)
    time.sleep(seconds)
    return HttpResponse(f"version {VERSION} after {seconds:g} s\n", content_type="text/plain")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process can answer; whether the database can is another question."""
    return HttpResponse(f"ok, version {VERSION}\n", content_type="text/plain")
