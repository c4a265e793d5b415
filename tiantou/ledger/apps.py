from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tiantou.ledger"
    label = "ledger"
