from django.db import models


class Order(models.Model):
    item = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.item}"


class Picture(models.Model):
    file = models.FileField(upload_to="pictures/%Y")

    def __str__(self) -> str:
        return self.file.name
