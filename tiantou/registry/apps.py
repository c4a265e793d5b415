from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "tiantou.registry"
    label = "registry"
