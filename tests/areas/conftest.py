import pytest

from tests.factories import AT
from tiantou.areas import services
from tiantou.kernel.actor import SYSTEM


@pytest.fixture(scope="module")
def chongqing(django_db_setup, django_db_blocker):
    """The whole region, loaded once for a module inside a transaction that is rolled back afterwards."""
    from django.db import transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        loaded = services.load_region(by=SYSTEM, at=AT, region="chongqing")
        yield loaded
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
