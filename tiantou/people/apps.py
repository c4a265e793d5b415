from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "tiantou.people"
    label = "people"
