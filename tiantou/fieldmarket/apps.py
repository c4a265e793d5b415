from django.apps import AppConfig


class FieldmarketConfig(AppConfig):
    name = "tiantou.fieldmarket"
    label = "fieldmarket"
