from django.apps import AppConfig


class TraceConfig(AppConfig):
    name = "tiantou.trace"
    label = "trace"
