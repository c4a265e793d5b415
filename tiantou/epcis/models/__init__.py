"""Tables of the REST binding, by noun."""

from tiantou.epcis.models.asking import NamedQuery, Subscription, owner_of
from tiantou.epcis.models.capture import CaptureJob
from tiantou.epcis.models.masters import Master

__all__ = ["CaptureJob", "Master", "NamedQuery", "Subscription", "owner_of"]
