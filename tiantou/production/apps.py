from django.apps import AppConfig


class ProductionConfig(AppConfig):
    name = "tiantou.production"
    label = "production"
