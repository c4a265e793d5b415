from django.apps import AppConfig


class StockConfig(AppConfig):
    name = "tiantou.stock"
    label = "stock"
