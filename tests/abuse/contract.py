"""Every operation of every service's openapi.yaml, and a good request for each: a new route is walked by itself."""

import datetime
import os
import pathlib
import re
import uuid

import requests
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["intake", "triage", "ledger", "sla-timer", "notification", "analytics"]
ROUTE = re.compile(r'\{"(GET|POST|PUT|PATCH|DELETE)", "(/[^"]*)"')
COMMAND = re.compile(r'\[INPUT_\w+\] = \{\.name = "([a-z-]+)"')


def base_url(service):
    """Where the service's public API is."""
    return os.environ[f"REDRESS_{service.upper().replace('-', '_')}_URL"]


class Operation:
    """One method of one path."""

    def __init__(self, service, method, path, described, shared_security):
        self.service, self.method, self.path = service, method, path
        self.described = described
        security = described.get("security", shared_security)
        self.security = None if security is None else sorted(name for entry in security for name in entry)
        self.streams = "text/event-stream" in described["responses"].get("200", {}).get("content", {})

    def __str__(self):
        return f"{self.service} {self.method} {self.path}"

    def needs(self, scheme):
        """Whether this kind of credential opens it."""
        return bool(self.security) and scheme in self.security

    def parameters(self, place):
        """The parameters in the path, the query or the header."""
        return [entry for entry in self.described.get("parameters", []) if entry["in"] == place]

    def body(self):
        """A body that has all that is required."""
        content = self.described.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return None if schema is None else example(schema)

    def send(self, path_values, headers, method=None, query=None):
        """The request with good parameters but for these; the response."""
        url = base_url(self.service) + self.path
        for parameter in self.parameters("path"):
            value = path_values.get(parameter["name"]) or example(parameter["schema"])
            url = url.replace("{" + parameter["name"] + "}", str(value))
        values = {entry["name"]: example(entry["schema"]) for entry in self.parameters("query") if entry.get("required")}
        sent = {"Idempotency-Key": str(uuid.uuid4())} if self.method == "POST" else {}
        sent.update(headers)
        with requests.request(method or self.method, url, params={**values, **(query or {})}, headers=sent, json=self.body(),
                              timeout=20, stream=self.streams) as answer:
            return Answer(answer)


class Answer:
    """What a client can tell apart: the status, the headers but the time of day, the bytes."""

    def __init__(self, answer):
        self.status = answer.status_code
        self.headers = {name: value for name, value in answer.headers.items() if name != "Date"}
        streams = answer.headers.get("Content-Type", "").startswith("text/event-stream")
        self.body = b"(a stream)" if streams else answer.content

    def __eq__(self, other):
        return (self.status, self.headers, self.body) == (other.status, other.headers, other.body)

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body!r}"


def example(schema):
    """A value that the schema takes."""
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {name: example(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "integer":
        return schema.get("minimum", 0)
    if kind == "boolean":
        return True
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    formats = {"uuid": str(uuid.uuid4()), "date": datetime.date.today().isoformat(),
               "date-time": tomorrow.isoformat(timespec="seconds")}
    return formats.get(schema.get("format"), "x" * max(1, schema.get("minLength", 0)))


def resolved(described, node):
    """The node with what its references name in their place."""
    if isinstance(node, list):
        return [resolved(described, entry) for entry in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = described
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return resolved(described, target)
    return {name: resolved(described, entry) for name, entry in node.items()}


def operations():
    """All of them."""
    found = []
    for service in SERVICES:
        described = yaml.safe_load((ROOT / "services" / service / "openapi.yaml").read_text())
        for path, methods in resolved(described, described["paths"]).items():
            shared = methods.pop("parameters", [])
            for method, operation in methods.items():
                operation["parameters"] = shared + operation.get("parameters", [])
                found.append(Operation(service, method.upper(), path, operation, described.get("security")))
    return found


def routes_in_code(service):
    """Method and path of every entry of the service's route tables."""
    found = set()
    folder = ROOT / "services" / service
    for path in folder.glob("*.c"):
        found |= set(ROUTE.findall(path.read_text()))
    commands = COMMAND.findall((folder / "permission.c").read_text()) if (folder / "permission.c").exists() else []
    return {(method, path.replace("{command}", command)) for method, path in found
            for command in (commands if "{command}" in path else [""])}
