"""Holds answers against core/management/openapi.yaml."""

import copy
import json
import re

import jsonschema
import yaml

from hookgate_process import REPOSITORY

DOCUMENT_PATH = REPOSITORY / "core/management/openapi.yaml"
BASE = "/api/v1"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


def _closed(node):
    """The schema with every object that lists its properties closed to others."""
    if isinstance(node, list):
        return [_closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _closed(value) for name, value in node.items()}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


class Conformance:
    def __init__(self):
        self.document = yaml.safe_load(DOCUMENT_PATH.read_text())
        self._closed = _closed(copy.deepcopy(self.document))
        self._resolver = jsonschema.RefResolver.from_schema(self._closed)
        self._templates = [(re.compile(BASE + re.sub(r"\{\w+\}", "[^/]+", path)), path)
                           for path in sorted(self.document["paths"], key=lambda path: path.count("{"))]

    def operations(self):
        """(method, path template, operation) of everything the document describes."""
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method.upper(), path, item[method]

    def check(self, method: str, target: str, status: int, headers: dict[str, str], body: bytes) -> None:
        """Fails unless an answer is what the document says. Headers by lower-case name."""
        where = f"{method} {target} -> {status} {body[:500]!r}"
        if method == "OPTIONS" and status == 204:
            assert headers.get("allow"), where
            return
        operation = self._operation(method, target.split("?")[0])
        if method == "HEAD":
            assert body == b"", where
            return
        response = self._response(operation, status, where)
        for name, header in response.get("headers", {}).items():
            self._check_header(name, self._resolve(header), headers, where)
        if status in (429, 503):
            assert re.fullmatch(r"[1-9]\d*", headers.get("retry-after", "")), where
        if status == 405:
            assert headers.get("allow"), where
        self._check_body(response.get("content", {}), headers, body, where)

    def _resolve(self, node):
        while "$ref" in node:
            node = self._resolver.resolve(node["$ref"])[1]
        return node

    def _operation(self, method: str, path: str):
        for pattern, template in self._templates:
            if pattern.fullmatch(path):
                item = self._closed["paths"][template]
                return item.get("get" if method == "HEAD" else method.lower())
        return None

    def _response(self, operation, status: int, where: str):
        if operation is None:
            assert status >= 400, f"answered although the document does not know it: {where}"
            return self._closed["components"]["responses"]["Unexpected"]
        described = operation["responses"]
        if str(status) not in described:
            assert status >= 400, f"a success the document does not know: {where}"
        return self._resolve(described.get(str(status), described["default"]))

    def _check_header(self, name: str, header, headers: dict[str, str], where: str) -> None:
        value = headers.get(name.lower())
        if value is None:
            assert not header.get("required"), f"{name} is missing: {where}"
            return
        schema = header["schema"]
        self._validate(int(value) if schema.get("type") == "integer" else value, schema, f"{name}: {where}")

    def _check_body(self, content, headers: dict[str, str], body: bytes, where: str) -> None:
        media_type = headers.get("content-type", "").split(";")[0]
        assert media_type in content or "*/*" in content, f"content type {media_type}: {where}"
        media = content.get(media_type) or content["*/*"]
        if media_type == "application/json":
            self._validate(json.loads(body), media["schema"], where)

    def _validate(self, instance, schema, where: str) -> None:
        validator = jsonschema.Draft202012Validator(schema, resolver=self._resolver)
        errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]
        assert not errors, f"{errors}: {where}"
