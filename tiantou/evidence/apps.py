from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "tiantou.evidence"
    label = "evidence"
