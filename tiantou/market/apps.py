from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "tiantou.market"
    label = "market"
