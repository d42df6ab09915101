#!/usr/bin/python3
"""Holds what went over the wire against the published document.

Usage: exchanges.py OPENAPI.json EXCHANGES.jsonl

Each line of the second file is one exchange with the real server: method, target, request_headers,
request_body, status, headers, body (headers as pairs). Everything that the document does not have is a
fault: a status, a header, a media type, a field; a request that the server took although the document
refuses it; and an operation, or one of its successes, that no exchange shows.
"""
import json
import re
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema import Draft202012Validator

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# What HTTP itself adds to a message is no part of the contract.
TRANSPORT = {"date", "content-length", "content-type", "connection"}
# What HTTP clients add to every request by themselves.
OWN_REQUEST_HEADERS = {"accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type",
                       "host", "http2-settings", "sec-fetch-mode", "upgrade", "user-agent"}


def lowered(pairs):
    return {name.lower(): value for name, value in pairs}


def media_type(headers):
    return headers.get("content-type", "").partition(";")[0].strip().lower()


class Contract:
    """The document, asked about one exchange at a time."""

    def __init__(self, document):
        self.document = document
        self.shown = set()  # (path, method, status) of the successes that were seen
        self.operations = {(path, method): item[method]
                           for path, item in document["paths"].items()
                           for method in METHODS if method in item}

    def follow(self, value):
        while "$ref" in value:
            at = self.document
            for step in value["$ref"].removeprefix("#/").split("/"):
                at = at[step.replace("~1", "/").replace("~0", "~")]
            value = at
        return value

    def misfits(self, value, schema):
        rooted = {**schema, "components": self.document["components"]}
        for e in Draft202012Validator(rooted).iter_errors(value):
            yield f"{e.json_path}: {e.message}"[:300]

    def from_text(self, text, schema):
        """A parameter's or a header's value as its schema means it; the text itself where it is not."""
        kind = self.follow(schema).get("type")
        if kind == "integer" and re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
            return int(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        return text

    def find(self, target):
        """The path of the document that is meant, and the values in it."""
        segments = [unquote(s) for s in urlsplit(target).path.split("/")]
        best = None
        for path in self.document["paths"]:
            pattern = path.split("/")
            if len(pattern) != len(segments):
                continue
            literal = [not p.startswith("{") for p in pattern]
            if any(l and p != s for l, p, s in zip(literal, pattern, segments)):
                continue
            if best is None or literal > best[1]:
                values = {p[1:-1]: s for l, p, s in zip(literal, pattern, segments) if not l}
                best = (path, literal, values)
        return (best[0], best[2]) if best else (None, {})

    def neighbour(self, exchange):
        """For a path that there is not: an operation of the surface whose it would be. Exchanges and tags
        are named after their surface; of those that are not, the nearest path tells."""
        surface = exchange["name"].partition("/")[0].lower()

        def nearness(where):
            tags = self.operations[where].get("tags", [])
            pairs = zip(where[0].split("/"), urlsplit(exchange["target"]).path.split("/"))
            common = next((i for i, (a, b) in enumerate(pairs) if a != b), len(where[0]))
            return any(tag.lower().startswith(surface) for tag in tags), common, where
        return self.operations[max(self.operations, key=nearness)]

    def faults(self, exchange):
        """What is wrong with one exchange, in words."""
        path, values = self.find(exchange["target"])
        method = exchange["method"].lower()
        status = str(exchange["status"])
        operation = self.operations.get((path, "get" if method == "head" else method))
        if path is None:
            if status != "404":
                yield f"the document has no such path, and the server answered {status}"
            operation = self.neighbour(exchange)
        elif operation is None:
            if status != "405":
                yield f"the document has no {method} there, and the server answered {status}"
            others = [o for (p, _), o in self.operations.items() if p == path]
            operation = next((o for o in others if status in o["responses"]), others[0])
        elif status.startswith("2"):
            if method != "head":
                self.shown.add((path, method, status))
            yield from self.request_faults(exchange, path, operation, values)
        if status not in operation["responses"]:
            yield f"status {status} is not documented"
            return
        response = self.follow(operation["responses"][status])
        yield from self.header_faults(exchange, response)
        if method != "head":
            yield from self.body_faults(exchange, response)

    def request_faults(self, exchange, path, operation, values):
        headers = lowered(exchange["request_headers"])
        given = {"path": values, "header": headers,
                 "query": dict(parse_qsl(urlsplit(exchange["target"]).query, keep_blank_values=True))}
        known = {"path": set(), "query": set(), "header": set()}
        item = self.document["paths"][path]
        for parameter in map(self.follow, item.get("parameters", []) + operation.get("parameters", [])):
            where = parameter["in"]
            name = parameter["name"].lower() if where == "header" else parameter["name"]
            known[where].add(name)
            if name in given[where]:
                value = self.from_text(given[where][name], parameter["schema"])
                for misfit in self.misfits(value, parameter["schema"]):
                    yield f"the {where} parameter {name} was taken, but the document says {misfit}"
            elif parameter.get("required"):
                yield f"the {where} parameter {name} is required, but the server did without"
        known["header"] |= self.key_headers(operation) | OWN_REQUEST_HEADERS
        for where, names in known.items():
            for name in sorted(given[where].keys() - names):
                yield f"the {where} parameter {name} is not documented"
        yield from self.key_faults(operation, headers)
        yield from self.request_body_faults(exchange, operation, headers)

    def schemes(self, operation):
        named = self.document["components"]["securitySchemes"]
        security = operation.get("security", self.document.get("security", []))
        return [[named[name] for name in alternative] for alternative in security]

    def key_headers(self, operation):
        return {s.get("name", "Authorization").lower() for a in self.schemes(operation) for s in a}

    def key_faults(self, operation, headers):
        ways = [{s.get("name", "Authorization").lower() for s in a} for a in self.schemes(operation)]
        if ways and not any(way <= headers.keys() for way in ways):
            yield "the document asks for a key, but the server did without"

    def request_body_faults(self, exchange, operation, headers):
        body = self.follow(operation.get("requestBody", {}))
        if not exchange["request_body"]:
            if body.get("required"):
                yield "the document asks for a body, but the server did without"
            return
        kind = media_type(headers)
        if kind not in body.get("content", {}):
            yield f"a body of type {kind or '(none)'} was taken, but is not documented"
            return
        value = json.loads(exchange["request_body"])
        for misfit in self.misfits(value, body["content"][kind]["schema"]):
            yield f"the body was taken, but the document says {misfit}"

    def header_faults(self, exchange, response):
        documented = {name.lower(): self.follow(h) for name, h in response.get("headers", {}).items()}
        headers = lowered(exchange["headers"])
        for name, value in headers.items():
            if name in TRANSPORT:
                continue
            if name not in documented:
                yield f"the header {name} is not documented"
                continue
            schema = documented[name]["schema"]
            for misfit in self.misfits(self.from_text(value, schema), schema):
                yield f"the header {name} is not as documented, {misfit}"
        for name, header in documented.items():
            if header.get("required") and name not in headers:
                yield f"the header {name} is missing"

    def body_faults(self, exchange, response):
        content = response.get("content", {})
        kind = media_type(lowered(exchange["headers"]))
        if not content:
            if exchange["body"] or kind:
                yield f"a body of type {kind or '(none)'} is not documented"
        elif kind not in content:
            yield f"the media type {kind or '(none)'} is not documented"
        elif kind.endswith("json"):
            for misfit in self.misfits(json.loads(exchange["body"]), content[kind]["schema"]):
                yield f"the body is not as documented, {misfit}"

    def unshown(self):
        """Operations, and their successes, that no exchange showed."""
        for (path, method), operation in self.operations.items():
            for status in operation["responses"]:
                if status.startswith("2") and (path, method, status) not in self.shown:
                    yield f"{method.upper()} {path}: no exchange shows its {status}"

    def open_objects(self):
        """Objects of responses that would hide an undocumented field."""
        def walk(schema, where, seen):
            if "$ref" in schema:
                if schema["$ref"] not in seen:
                    seen.add(schema["$ref"])
                    yield from walk(self.follow(schema), schema["$ref"], seen)
                return
            kinds = schema.get("type", [])
            if "object" in (kinds if isinstance(kinds, list) else [kinds]):
                if "additionalProperties" not in schema:
                    yield f"{where}: an object of a response does not say additionalProperties"
            inner = [*schema.get("properties", {}).values()]
            inner += [schema["items"]] if "items" in schema else []
            for combined in ("oneOf", "anyOf", "allOf"):
                inner += schema.get(combined, [])
            for one in inner:
                yield from walk(one, where, seen)

        seen = set()
        for (path, method), operation in self.operations.items():
            for status, response in operation["responses"].items():
                for content in self.follow(response).get("content", {}).values():
                    yield from walk(content["schema"], f"{method.upper()} {path} {status}", seen)


def main(document_file, exchanges_file):
    with open(document_file, encoding="utf-8") as text:
        contract = Contract(json.load(text))
    count, found = 0, list(contract.open_objects())
    with open(exchanges_file, encoding="utf-8") as lines:
        for line in lines:
            exchange = json.loads(line)
            count += 1
            found += [f"{exchange['name']} ({exchange['method']} {exchange['target']}): {fault}"
                      for fault in contract.faults(exchange)]
    found += contract.unshown()
    for fault in found:
        print(fault)
    print(f"{count} exchanges, {len(contract.operations)} operations, {len(found)} faults")
    return 1 if found or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
