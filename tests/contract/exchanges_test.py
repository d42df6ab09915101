"""The checker of exchanges sees each kind of fault: a document and an exchange that agree, then one of
the two is broken in one place."""
import copy
import json
import os
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO

import exchanges

DOCUMENT = {
    "paths": {
        "/pots/{pot_id}": {
            "parameters": [{"$ref": "#/components/parameters/Pot"}],
            "get": {
                "operationId": "getPot",
                "responses": {"200": {"$ref": "#/components/responses/Pot"}},
            },
            "put": {
                "operationId": "fillPot",
                "security": [{"key": []}, {"bearer": []}],
                "parameters": [
                    {"name": "hot", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "X-Cook", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["litres"],
                    "properties": {"litres": {"type": "integer", "maximum": 5}}}}}},
                "responses": {
                    "204": {"description": "Filled."},
                    "404": {"$ref": "#/components/responses/Error"},
                    "405": {"$ref": "#/components/responses/Error"},
                },
            },
        },
        "/pots/empty": {"get": {"operationId": "listEmpty", "responses": {"200": {
            "description": "All.", "content": {"text/plain": {"schema": {"type": "string"}}}}}}},
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-key"},
                            "bearer": {"type": "http", "scheme": "bearer"}},
        "parameters": {"Pot": {"name": "pot_id", "in": "path", "required": True,
                               "schema": {"type": "integer", "minimum": 1}}},
        "responses": {
            "Pot": {
                "description": "A pot.",
                "headers": {"X-Seen": {"required": True, "schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pot"}}},
            },
            "Error": {"description": "No.", "content": {"application/json": {"schema": {
                "type": "object", "required": ["why"], "additionalProperties": False,
                "properties": {"why": {"type": "string"}}}}}},
        },
        "schemas": {"Pot": {"type": "object", "required": ["litres"], "additionalProperties": False,
                            "properties": {"litres": {"type": "integer"}}}},
    },
}

GET = {
    "name": "get", "method": "GET", "target": "/pots/7", "request_headers": [], "request_body": "",
    "status": 200, "headers": [["Date", "now"], ["Content-Type", "application/json"], ["x-seen", "3"]],
    "body": '{"litres": 2}',
}
PUT = {
    "name": "put", "method": "PUT", "target": "/pots/7?hot=true",
    "request_headers": [["X-Key", "k"], ["x-cook", "Ann"], ["Content-Type", "application/json; charset=utf-8"]],
    "request_body": '{"litres": 2}', "status": 204, "headers": [], "body": "",
}
LIST = {
    "name": "list", "method": "GET", "target": "/pots/empty", "request_headers": [], "request_body": "",
    "status": 200, "headers": [["Content-Type", "text/plain"]], "body": "none",
}
NOT_ALLOWED = {
    "name": "post", "method": "POST", "target": "/pots/7", "request_headers": [], "request_body": "",
    "status": 405, "headers": [["Content-Type", "application/json"]], "body": '{"why": "no"}',
}


def broken(value, path, new):
    """A copy of the value that differs at one path; None removes what is there."""
    value = copy.deepcopy(value)
    at = value
    for step in path[:-1]:
        at = at[step]
    if new is None:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return value


def faults(exchange, document=DOCUMENT):
    return list(exchanges.Contract(copy.deepcopy(document)).faults(exchange))


class Checker(unittest.TestCase):
    def assertFault(self, words, found):
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_what_agrees_has_no_fault(self):
        for exchange in (GET, PUT, LIST, {**GET, "method": "HEAD", "body": ""}, NOT_ALLOWED):
            self.assertEqual(faults(exchange), [], exchange["name"])

    def test_an_undocumented_status(self):
        self.assertFault("status 202 is not documented", faults({**PUT, "status": 202}))

    def test_an_undocumented_or_missing_header(self):
        more = GET["headers"] + [["X-New", "1"]]
        self.assertFault("header x-new is not documented", faults({**GET, "headers": more}))
        self.assertFault("header x-seen is missing", faults({**GET, "headers": GET["headers"][:2]}))
        other = GET["headers"][:2] + [["X-Seen", "often"]]
        self.assertFault("header x-seen is not as documented", faults({**GET, "headers": other}))

    def test_an_undocumented_media_type(self):
        html = [["Content-Type", "text/html"], ["X-Seen", "3"]]
        self.assertFault("media type text/html is not documented", faults({**GET, "headers": html}))
        self.assertFault("a body of type", faults({**PUT, "body": "{}"}))

    def test_an_undocumented_or_missing_field(self):
        self.assertFault("new", faults({**GET, "body": '{"litres": 2, "new": 1}'}))
        self.assertFault("litres", faults({**GET, "body": "{}"}))
        self.assertFault("integer", faults({**GET, "body": '{"litres": "two"}'}))
        self.assertFault("why", faults({**NOT_ALLOWED, "body": "{}"}))

    def test_a_body_that_the_document_refuses(self):
        self.assertFault("maximum", faults({**PUT, "request_body": '{"litres": 9}'}))
        self.assertFault("required", faults({**PUT, "request_body": "{}"}))
        self.assertFault("did without", faults({**PUT, "request_body": ""}))
        text = PUT["request_headers"][:2] + [["Content-Type", "text/plain"]]
        self.assertFault("text/plain was taken", faults({**PUT, "request_headers": text}))

    def test_what_was_refused_may_be_anything(self):
        refused = {**PUT, "status": 404, "request_body": "}", "headers": NOT_ALLOWED["headers"],
                   "body": '{"why": "no"}'}
        self.assertEqual(faults(refused), [])

    def test_parameters(self):
        self.assertFault("path parameter pot_id", faults({**GET, "target": "/pots/seven"}))
        self.assertFault("query parameter hot", faults({**PUT, "target": "/pots/7?hot=very"}))
        self.assertFault("query parameter cold is not", faults({**PUT, "target": "/pots/7?cold=true"}))
        no_cook = [h for h in PUT["request_headers"] if h[0] != "x-cook"]
        self.assertFault("x-cook is required", faults({**PUT, "request_headers": no_cook}))
        more = PUT["request_headers"] + [["X-Salt", "1"]]
        self.assertFault("header parameter x-salt is not", faults({**PUT, "request_headers": more}))

    def test_a_request_without_a_key(self):
        self.assertFault("asks for a key", faults({**PUT, "request_headers": PUT["request_headers"][1:]}))
        bearer = [["Authorization", "Bearer k"]] + PUT["request_headers"][1:]
        self.assertEqual(faults({**PUT, "request_headers": bearer}), [])

    def test_undocumented_paths_and_methods(self):
        nowhere = {**LIST, "target": "/pots/7/lid"}
        self.assertIn("no such path", faults(nowhere)[0])
        self.assertFault("no post there", faults({**NOT_ALLOWED, "status": 404}))

    def test_a_path_that_there_is_not_is_answered_by_its_surface(self):
        def refusing(tag, why):
            return {"get": {"tags": [tag], "responses": {"404": {"description": "No.", "content": {
                "application/json": {"schema": {"required": [why]}}}}}}}
        two = {"paths": {"/v1/pans": refusing("Pans of all kinds", "what"), "/v1/urns": refusing("Urns", "why")}}
        nowhere = {**NOT_ALLOWED, "method": "GET", "target": "/v1/lids", "status": 404}
        for name, body in (("pans/nowhere", '{"what": "lids"}'), ("urns/nowhere", '{"why": "no"}')):
            document = {**two, "components": {}}
            self.assertEqual(faults({**nowhere, "name": name, "body": body}, document), [])
            self.assertFault("required", faults({**nowhere, "name": name, "body": "{}"}, document))

    def test_what_the_document_loses_is_missed(self):
        for path, exchange in ((("components", "responses", "Pot", "headers", "X-Seen"), GET),
                               (("components", "schemas", "Pot", "properties", "litres"), GET),
                               (("paths", "/pots/{pot_id}", "put", "responses", "204"), PUT),
                               (("paths", "/pots/{pot_id}", "put", "parameters", 0), PUT),
                               (("paths", "/pots/empty", "get", "responses", "200", "content", "text/plain"), LIST),
                               (("paths", "/pots/{pot_id}"), GET)):
            self.assertNotEqual(faults(exchange, broken(DOCUMENT, path, None)), [], path)

    def test_an_operation_or_success_that_no_exchange_shows(self):
        contract = exchanges.Contract(DOCUMENT)
        for exchange in (GET, PUT):
            self.assertEqual(list(contract.faults(exchange)), [])
        self.assertEqual(list(contract.unshown()), ["GET /pots/empty: no exchange shows its 200"])
        more = broken(DOCUMENT, ("paths", "/pots/{pot_id}", "put", "responses", "202"), {"description": "Later."})
        contract = exchanges.Contract(more)
        for exchange in (GET, PUT, LIST):
            list(contract.faults(exchange))
        self.assertEqual(list(contract.unshown()), ["PUT /pots/{pot_id}: no exchange shows its 202"])

    def test_an_object_that_would_hide_a_field(self):
        opened = broken(DOCUMENT, ("components", "schemas", "Pot", "additionalProperties"), None)
        self.assertEqual(list(exchanges.Contract(DOCUMENT).open_objects()), [])
        self.assertEqual(len(list(exchanges.Contract(opened).open_objects())), 1)

    def test_the_exit_status_tells(self):
        def run(lines):
            with tempfile.TemporaryDirectory() as folder:
                document, log = (os.path.join(folder, name) for name in ("d.json", "e.jsonl"))
                with open(document, "w", encoding="utf-8") as out:
                    json.dump(DOCUMENT, out)
                with open(log, "w", encoding="utf-8") as out:
                    out.writelines(json.dumps(line) + "\n" for line in lines)
                with redirect_stdout(StringIO()):
                    return exchanges.main(document, log)
        self.assertEqual(run([GET, PUT, LIST]), 0)
        self.assertEqual(run([GET, PUT]), 1)
        self.assertEqual(run([GET, PUT, {**LIST, "status": 201}]), 1)
        self.assertEqual(run([]), 1)


if __name__ == "__main__":
    unittest.main()
