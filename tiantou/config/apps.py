from django.apps import AppConfig


class PlatformConfig(AppConfig):
    """Wires announcements once all packages are loaded."""

    name = "tiantou.config"
    label = "config"

    def ready(self) -> None:
        from tiantou.config.wiring import wire

        wire()
