from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "tiantou.cases"
    label = "cases"
