from django.apps import AppConfig


class EpcisConfig(AppConfig):
    name = "tiantou.epcis"
    label = "epcis"
