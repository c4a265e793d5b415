"""The standard's exceptions (EPCIS 2.0, chapter 10; OpenAPI of the REST binding): each knows its type, title and status."""

from __future__ import annotations

from tiantou.kernel.errors import Refused


class EpcisRefused(Refused):
    """A request was refused in the standard's words; `detail` is for the client's programmer, in English."""

    exception = "ValidationException"
    title = "Validation failed"
    status = 400
    code = "epcis"

    def __init__(self, detail: str = "", headers: dict[str, str] | None = None) -> None:
        self.detail = detail
        self.headers = headers or {}
        super().__init__(detail or self.title)


class ValidationFailed(EpcisRefused):
    """What was sent is no event, document, query or header of the standard."""


class QueryInvalid(EpcisRefused):
    """The query is not one."""

    exception = "QueryValidationException"
    title = "The query is not valid"


class QueryParameter(EpcisRefused):
    """A parameter is unknown, has a value that it cannot have, or stands beside one that excludes it."""

    exception = "QueryParameterException"
    title = "A query parameter is not valid"


class QueryTooLarge(EpcisRefused):
    """More events match than the client said it would take."""

    exception = "QueryTooLargeException"
    title = "The query matches too many events"
    status = 413


class QueryTooComplex(EpcisRefused):
    """The query takes longer than a query may."""

    exception = "QueryTooComplexException"
    title = "The query takes too long"
    status = 413


class SubscriptionControls(EpcisRefused):
    """A subscription says neither or both of stream and schedule, or a schedule that is none."""

    exception = "SubscriptionControlsException"
    title = "The subscription's controls are not valid"


class NotSignedIn(EpcisRefused):
    """Nobody is known to be asking."""

    exception = "SecurityException"
    title = "Unauthorised request"
    status = 401

    def __init__(self, detail: str = "Send a bearer token in the header Authorization.") -> None:
        super().__init__(detail, {"WWW-Authenticate": "Bearer"})


class Forbidden(EpcisRefused):
    """The asker may not do this."""

    exception = "SecurityException"
    title = "Access to resource forbidden"
    status = 403


class NoSuchName(EpcisRefused):
    """There is no query or subscription of that name, or none that the asker may see."""

    exception = "NoSuchNameException"
    title = "No such name"
    status = 404


class NoSuchResource(EpcisRefused):
    """There is no such resource, or none that the asker may see."""

    exception = "NoSuchResourceException"
    title = "Resource not found"
    status = 404


class MethodNotAllowed(EpcisRefused):
    """The resource has no such method."""

    exception = "ImplementationException"
    title = "Method not allowed"
    status = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This resource allows {allowed}.", {"Allow": allowed})


class NotAcceptable(EpcisRefused):
    """No representation or version that the client accepts can be given."""

    exception = "NotAcceptableException"
    title = "Conflicting request and response headers"
    status = 406


class ResourceExists(EpcisRefused):
    """There is already one of that name."""

    exception = "ResourceAlreadyExistsException"
    title = "A resource with the provided identifier already exists."
    status = 409


class CaptureLimitExceeded(EpcisRefused):
    """The document is larger than the limits that OPTIONS tells."""

    exception = "CaptureLimitExceededException"
    title = "Capture Payload too large"
    status = 413


class UriTooLong(EpcisRefused):
    """The address is longer than the server takes."""

    exception = "URITooLongException"
    title = "URI Too Long"
    status = 414


class UnsupportedMediaType(EpcisRefused):
    """The body is of a kind that is not read."""

    exception = "UnsupportedMediaTypeException"
    title = "Unsupported Media Type"
    status = 415


class NotImplementedHere(EpcisRefused):
    """The standard lets a server leave this out, and this one does."""

    exception = "ImplementationException"
    title = "Functionality not supported by server"
    status = 501


class Failed(EpcisRefused):
    """The server made a mistake."""

    exception = "ImplementationException"
    title = "A server-side error occurred"
    status = 500


class Unavailable(EpcisRefused):
    """The server cannot reach its data; nothing was written."""

    exception = "ImplementationException"
    title = "The service cannot reach its data at the moment"
    status = 503
