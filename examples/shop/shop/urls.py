from django.contrib import admin
from django.urls import path

from orders import views

urlpatterns = [
    path("", views.index, name="index"),
    path("order/", views.order, name="order"),
    path("upload/", views.upload, name="upload"),
    path("slow", views.slow, name="slow"),
    path("healthz", views.healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
