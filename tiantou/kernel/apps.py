from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "tiantou.kernel"
    label = "kernel"
    verbose_name = "内核"
