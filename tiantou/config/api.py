"""The API: every package's router, problem+json for every refusal, OpenAPI at /api/v1/openapi.json."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tiantou import __version__
from tiantou.config import discovery
from tiantou.kernel.errors import Invalid, Problem, Refused
from tiantou.kernel.rest import ROUTERS

API = NinjaAPI(title="田头 Tiantou", version=__version__, urls_namespace="api", docs_url=None)
discovery.modules("api")
for _prefix, _router in ROUTERS.items():
    API.add_router(f"/{_prefix}", _router)


def problem(refusal: Refused, instance: str) -> JsonResponse:
    """The refusal as application/problem+json."""
    return JsonResponse(
        refusal.as_problem_json(instance),
        status=refusal.status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


@API.exception_handler(Refused)
def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return problem(refusal, request.path)


@API.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    problems = [Problem(field=".".join(str(part) for part in e["loc"]), reason=str(e["msg"])) for e in error.errors]
    return problem(Invalid(problems=problems), request.path)


@API.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    refusal = Refused("请先登录或带上访问令牌。", "在请求头写 Authorization: Bearer <令牌>。")
    refusal.status, refusal.code = 401, "not-signed-in"
    response = problem(refusal, request.path)
    response["WWW-Authenticate"] = "Bearer"
    return response


@API.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    refusal = Refused(error.message)
    refusal.status, refusal.code = error.status_code, "bad-request"
    return problem(refusal, request.path)
