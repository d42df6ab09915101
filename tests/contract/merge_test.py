"""scripts/openapi merges what belongs together, says what does not, and gives the same bytes each time."""
import importlib.machinery
import importlib.util
import json
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
loader = importlib.machinery.SourceFileLoader("openapi_tool", str(ROOT / "scripts/openapi"))
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("openapi_tool", loader))
loader.exec_module(tool)

SHARED = """
openapi: 3.1.0
info: {title: Pots, version: 1.0.0}
x-every-operation:
  parameters: [{name: X-Request-Id, in: header, schema: {type: string}}]
  post_parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]
  headers: {X-Seen: {schema: {type: string}}}
  post_headers: {Replayed: {schema: {type: string}}}
  error_headers: {'503': {Retry-After: {schema: {type: integer}}}}
paths: {}
components:
  schemas: {Problem: {type: object}}
"""

SURFACE = """
x-surface:
  name: Pots
  security: [{key: []}]
  error_schema: {type: object}
  error_body: {why: $detail, code: $status, kind: $kind}
  every_error: [503]
  errors:
    503: {title: Later, description: Not now., kind: busy, details: {busy: Come back.}}
    409: {title: Conflict, description: No., details: {full: {title: Full, detail: Full., kind: full}}}
tags: [{name: Pots}]
paths:
  /pots:
    post:
      operationId: createPot
      x-errors: [409]
      responses:
        '201': {description: A pot., headers: {Location: {schema: {type: string}}}}
components:
  schemas: {Pot: {type: object}}
"""


def merged(**files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"shared": SHARED, "pots": SURFACE, **files}.items():
            Path(folder, name + ".yaml").write_text(text, encoding="utf-8")
        return tool.merge(Path(folder))


class Merge(unittest.TestCase):
    def assertRefused(self, words, **files):
        with self.assertRaises(tool.Fault) as refused:
            merged(**files)
        self.assertIn(words, str(refused.exception))

    def test_an_operation_gets_what_all_of_them_have(self):
        document = merged()
        self.assertNotIn("x-surface", document)
        self.assertNotIn("x-every-operation", document)
        post = document["paths"]["/pots"]["post"]
        self.assertEqual([p["name"] for p in post["parameters"]], ["X-Request-Id", "Idempotency-Key"])
        self.assertEqual(post["security"], [{"key": []}])
        self.assertEqual(list(post["responses"]), ["201", "409", "503"])
        self.assertEqual(list(post["responses"]["201"]["headers"]), ["X-Seen", "Replayed", "Location"])

    def test_an_error_reads_as_its_surface_and_as_a_problem(self):
        responses = merged()["components"]["responses"]
        busy = responses["Pots503"]
        self.assertEqual(list(busy["headers"]), ["X-Seen", "Retry-After"])
        self.assertEqual(busy["content"]["application/json"]["examples"]["busy"]["value"],
                         {"why": "Come back.", "code": 503, "kind": "busy"})
        self.assertEqual(busy["content"]["application/problem+json"]["examples"]["busy"]["value"]["title"], "Later")
        full = responses["Pots409"]["content"]
        self.assertEqual(full["application/json"]["examples"]["full"]["value"]["kind"], "full")
        self.assertEqual(full["application/problem+json"]["examples"]["full"]["value"]["title"], "Full")

    def test_names_that_are_given_twice(self):
        again = SURFACE.replace("name: Pots\n", "name: Pans\n").replace("{name: Pots}", "{name: Pans}")
        self.assertRefused("path /pots is there already", zpans=again)
        other = again.replace("/pots:", "/pans:")
        self.assertRefused("schemas Pot is there already", zpans=other)
        named = other.replace("{Pot: ", "{Pan: ")
        self.assertRefused("operationId createPot is there twice", zpans=named)
        self.assertIn("/pans", merged(zpans=named.replace("createPot", "createPan"))["paths"])
        self.assertRefused("tag Pots is there already", zpans=named.replace("{name: Pans}", "{name: Pots}"))
        self.assertRefused("stands twice", pots=SURFACE + "tags: []\n")

    def test_references_to_nothing(self):
        self.assertRefused("refers to nothing", pots=SURFACE.replace(
            "error_schema: {type: object}", "error_schema: {$ref: '#/components/schemas/None'}"))

    def test_errors_without_words(self):
        self.assertRefused("has no words for 418", pots=SURFACE.replace("x-errors: [409]", "x-errors: [418]"))
        self.assertRefused("there is no 'kind'", pots=SURFACE.replace("kind: busy, ", ""))

    def test_the_documents_bytes_are_the_same_each_time(self):
        with tempfile.TemporaryDirectory() as folder:
            first, second = Path(folder, "1.json"), Path(folder, "2.json")
            tool.make_document(first)
            tool.make_document(second)
            self.assertEqual(first.read_bytes(), second.read_bytes())
            paths = list(json.loads(first.read_text(encoding="utf-8"))["paths"])
            self.assertEqual(paths, sorted(paths))


if __name__ == "__main__":
    unittest.main()
