from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "tiantou.statistics"
    label = "statistics"
