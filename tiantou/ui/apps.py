from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "tiantou.ui"
    label = "ui"
