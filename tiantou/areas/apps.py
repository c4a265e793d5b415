from django.apps import AppConfig


class AreasConfig(AppConfig):
    name = "tiantou.areas"
    label = "areas"
