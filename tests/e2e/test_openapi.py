"""The OpenAPI document: what it says is there is there, and the other way round. (Every other test holds each answer against it.)"""

import json
import re

import jsonschema
import pytest
import yaml
from hookgate_process import REPOSITORY
from installation import conformance
from webhooks import acme

NO_EVENT = "01890000-0000-7000-8000-000000000000"


def test_the_document_is_served_as_it_is_in_the_repository(gateway):
    answer = gateway.call("GET", "/openapi.yaml", key=None)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/yaml")
    assert answer.body == (REPOSITORY / "core/management/openapi.yaml").read_bytes()
    assert yaml.safe_load(answer.body)["openapi"] == "3.1.0"


def test_every_operation_it_describes_exists(gateway):
    for method, path, _ in conformance.operations():
        if path == "/webhooks/{provider}" and method == "GET":
            continue  # only where a plugin declares a handshake
        target = path.replace("{id}", NO_EVENT).replace("{provider}", "acme")
        answer = gateway.call(method, target, b"" if method == "POST" else None)
        assert answer.status != 405, f"{method} {path}"
        if answer.status == 404:
            assert "{id}" in path and answer.json()["error"]["message"] == "no such event", f"{method} {path}"


def test_it_describes_every_method_there_is(gateway):
    for path, item in conformance.document["paths"].items():
        target = path.replace("{id}", NO_EVENT).replace("{provider}", "acme")
        allowed = {method.strip() for method in gateway.call("OPTIONS", target).headers["allow"].split(",")}
        described = {method.upper() for method in item if method in ("get", "post")}
        if path == "/webhooks/{provider}":
            described.discard("GET")
        assert allowed - {"HEAD", "OPTIONS"} == described, path


def test_it_describes_every_query_parameter(gateway):
    for method, path, operation in conformance.operations():
        if method != "GET" or path in ("/webhooks/{provider}", "/metrics", "/health", "/openapi.yaml"):
            continue
        names = set()
        for parameter in operation.get("parameters", []):
            if "$ref" in parameter:
                parameter = conformance.document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
            names.add(parameter["name"])
        candidates = names | {"page", "pageSize", "provider", "status", "eventType", "subject", "from", "to", "sortBy",
                              "sortOrder", "activeOnly", "eventId", "entityType", "entityId", "action"}
        target = path.replace("{id}", NO_EVENT)
        for name in sorted(candidates):
            answer = gateway.call("GET", f"{target}?{name}=")
            unknown = answer.status == 400 and "not a parameter" in answer.json()["error"]["message"]
            assert unknown == (name not in names), f"{path} {name}"


def test_its_schemas_are_valid(gateway):
    for schema in conformance.document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_in_it_leads_somewhere():
    text = (REPOSITORY / "core/management/openapi.yaml").read_text()
    for section, name in re.findall(r"#/components/(\w+)/(\w+)", text):
        assert name in conformance.document["components"][section], name
    for section, entries in conformance.document["components"].items():
        if section != "securitySchemes":
            for name in entries:
                assert f"#/components/{section}/{name}'" in text, f"{name} is not used"


def test_the_core_does_not_know_its_providers():
    for path in (REPOSITORY / "core").rglob("*"):
        if path.is_file() and path.suffix in (".cpp", ".hpp", ".yaml", ".in", ".txt", ".h"):
            assert not re.search(r"\b(acme|globex)\b", path.read_text(), re.IGNORECASE), path


@pytest.mark.parametrize("change", [
    lambda event: event.pop("status"), lambda event: event.update(status="done"), lambda event: event.update(id="4711"),
    lambda event: event.update(receivedAt="2026-01-01 00:00:00"), lambda event: event.update(secret="x"),
    lambda event: event.update(processingAttempts="1")], ids=range(6))
def test_this_check_notices_what_is_wrong(gateway, change):
    gateway.accept(acme())
    answer = gateway.call("GET", "/events")
    document = answer.json()
    change(document["data"][0])
    with pytest.raises(AssertionError):
        conformance.check("GET", "/api/v1/events", 200, answer.headers, json.dumps(document).encode())
