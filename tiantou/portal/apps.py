from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "tiantou.portal"
    label = "portal"
