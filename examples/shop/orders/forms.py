from django import forms

from .models import Order, Picture


class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
        fields = ["item", "quantity"]


class PictureForm(forms.ModelForm):
    class Meta:
        model = Picture
        fields = ["file"]
