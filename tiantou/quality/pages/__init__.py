"""Pages of quality: certificates (issue in two taps, print, check without an account) and quick tests."""

from tiantou.quality.pages import certificates, credentials, quick_tests

__all__ = ["certificates", "credentials", "quick_tests"]
