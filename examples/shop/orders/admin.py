from django.contrib import admin

from .models import Order, Picture

admin.site.register([Order, Picture])
