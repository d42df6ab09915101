"""The dashboard and the alerts are well-formed, and every metric and label they name is one that the programs tell."""
import json
import re
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DASHBOARD = json.loads((ROOT / "scripts/grafana/tenantry-jobs.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((ROOT / "scripts/grafana/alerts.yaml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
SHOWING = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
HISTOGRAM_SERIES = ("_bucket", "_sum", "_count")


def metrics_of_sources():
    """What the sources make, as Prometheus sees it: the series of a histogram, the name of any other metric."""
    made = re.compile(r'(?:make_|by_queue<metrics::)(counter|gauge|histogram)(?:>\s*\w+)?[({]\s*"(tenantry_\w+)"')
    names = set()
    for folder in ("api", "common", "worker"):
        for source in sorted((ROOT / folder).rglob("*.?pp")):
            for kind, name in made.findall(source.read_text(encoding="utf-8")):
                names.update(name + s for s in HISTOGRAM_SERIES) if kind == "histogram" else names.add(name)
    return names


def queries():
    """Every query with the place where it stands."""
    for panel in SHOWING:
        for target in panel["targets"]:
            yield f"panel {panel['title']}", target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield f"variable {variable['name']}", variable["definition"]
    for rule in RULES:
        yield f"alert {rule['alert']}", rule["expr"]


class Metrics(unittest.TestCase):
    def test_every_one_that_is_named_is_told(self):
        told = metrics_of_sources()
        self.assertTrue(told)
        missing = {f"{name}, {place}" for place, query in queries()
                   for name in re.findall(r"\btenantry_\w+", query) if name not in told}
        if missing:
            self.fail("no program tells these:\n" + "\n".join(sorted(missing)))


class Dashboard(unittest.TestCase):
    def test_panels_are_told_apart_and_do_not_overlap(self):
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        taken = set()
        for panel in DASHBOARD["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            self.assertFalse(cells & taken, panel["title"])
            taken |= cells

    def test_every_panel_is_described_and_asks_the_chosen_prometheus(self):
        kinds = {v["name"]: v["type"] for v in DASHBOARD["templating"]["list"]}
        self.assertEqual(kinds["datasource"], "datasource")
        for panel in SHOWING:
            self.assertTrue(panel["title"] and panel["description"] and panel["targets"])
            for asking in (panel, *panel["targets"]):
                self.assertEqual(asking["datasource"], {"type": "prometheus", "uid": "${datasource}"}, panel["title"])
            self.assertEqual(len({t["refId"] for t in panel["targets"]}), len(panel["targets"]), panel["title"])

    def test_variables_are_known(self):
        known = {v["name"] for v in DASHBOARD["templating"]["list"]}
        for place, query in queries():
            self.assertLessEqual(set(re.findall(r"\$(\w+)", query)) - {"__rate_interval"}, known, place)


class Alerts(unittest.TestCase):
    def test_each_says_what_it_is_and_what_to_do(self):
        self.assertEqual(len(RULES), len({rule["alert"] for rule in RULES}))
        for rule in RULES:
            with self.subTest(rule["alert"]):
                self.assertIn(rule["labels"]["severity"], {"info", "warning", "critical"})
                self.assertEqual(set(rule["annotations"]), {"summary", "description"})
                self.assertTrue(all(rule["annotations"].values()))
                self.assertLessEqual(set(rule), {"alert", "expr", "for", "labels", "annotations"})


class Queries(unittest.TestCase):
    def test_brackets_are_closed(self):
        pairs = {")": "(", "]": "[", "}": "{"}
        for place, query in queries():
            opened = []
            for sign in re.sub(r'"[^"]*"', "", query):
                if sign in pairs.values():
                    opened.append(sign)
                elif sign in pairs:
                    self.assertEqual(opened.pop() if opened else None, pairs[sign], place)
            self.assertEqual(opened, [], place)


if __name__ == "__main__":
    unittest.main()
