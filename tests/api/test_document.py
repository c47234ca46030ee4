"""The OpenAPI document is one, and tells the routes as they are."""

import pytest
from django.test import Client
from openapi_spec_validator import validate

from dashboard.api.routes import ROUTES
from dashboard.api.schemas import SCHEMAS
from tests.api.conftest import read

pytestmark = pytest.mark.django_db


def told() -> dict:
    return read(Client().get("/api/openapi.json"), 200)


def test_the_document_is_valid_openapi() -> None:
    validate(told())


def test_every_route_is_told_with_its_parameters() -> None:
    paths = told()["paths"]
    assert {(r.method, f"/api/{r.path}") for r in ROUTES} == {
        (method.upper(), path) for path, methods in paths.items() for method in methods
    }
    for route in ROUTES:
        operation = paths[f"/api/{route.path}"][route.method.lower()]
        asked = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        assert asked == {param.name for param in route.query}
        assert str(route.status) in operation["responses"]


def test_every_answer_is_a_schema_and_every_schema_is_used() -> None:
    named = {r.answer for r in ROUTES if r.answer} | {r.open_body for r in ROUTES if r.open_body}
    nested = {
        kind.split()[2] for one in SCHEMAS.values() for kind in one.values() if "list" in kind
    }
    assert named <= set(SCHEMAS)
    assert set(SCHEMAS) == named | {"Error"} | (nested & set(SCHEMAS))


def test_the_page_tells_every_route_under_the_strict_policy() -> None:
    answer = Client().get("/api/docs")
    html = answer.content.decode()
    for route in ROUTES:
        assert f"{route.method} /api/{route.path}" in html
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]
    assert "https://" not in html.replace("https://www.w3.org", "")
