from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "tiantou.programmes"
    label = "programmes"
