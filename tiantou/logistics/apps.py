from django.apps import AppConfig


class LogisticsConfig(AppConfig):
    name = "tiantou.logistics"
    label = "logistics"
