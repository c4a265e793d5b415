from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "tiantou.quality"
    label = "quality"
