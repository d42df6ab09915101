"""What a JSON schema cannot say of a request, and ids of what there is: of others there is only a 404."""
import itertools
import json
import os
import re
import unicodedata

import schemathesis

KNOWN = {name: os.environ["TENANTRY_" + name.upper()] for name in ("company_id", "key_id", "job_id")}
numbers = itertools.count(1)


def is_id(value):
    return re.fullmatch("[1-9][0-9]{0,18}", str(value)) is not None


def alike(name):
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.strip()).casefold())


def texts(holders, *members):
    """The strings among these members of these objects."""
    found = [h.get(member) for h in holders if isinstance(h, dict) for member in members]
    return [text for text in found if isinstance(text, str)]


def listed(body, member):
    inner = body.get(member)
    return inner if isinstance(inner, list) else []


def are_distinct(all_of_them):
    return len(set(map(alike, all_of_them))) == len(all_of_them)


def fits(email):
    """Its limits count bytes."""
    text = unicodedata.normalize("NFC", email.strip()).encode(errors="replace")
    return len(text) <= 254 and len(text.partition(b"@")[0]) <= 64


def holds_nul(value):
    return "\\u0000" in json.dumps(value)


@schemathesis.hook
def filter_case(context, case):
    """No two names or domains of one request are alike, white space around them does not count, and
    custom fields hold no U+0000."""
    body = case.body
    if not isinstance(body, dict):
        return True
    names = texts([body, *listed(body, "companies")], "name", "label")
    domains = [text for text in listed(body, "domains") if isinstance(text, str)]
    person = [body.get("contact")]
    trimmed = names + domains + texts(person, "first_name", "last_name")
    return (are_distinct(names) and are_distinct(domains)
            and all(text == text.strip() or len(text) <= 100 for text in trimmed)
            and all(map(fits, texts(person, "email")))
            and not holds_nul(body.get("custom_fields")))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Another key is revoked than is rotated."""
    if not path_parameters or not all(map(is_id, path_parameters.values())):
        return path_parameters
    mapped = {name: KNOWN.get(name, value) for name, value in path_parameters.items()}
    if context.operation.method == "delete" and "key_id" in mapped:
        mapped["key_id"] = os.environ["TENANTRY_OLD_KEY_ID"]
    return mapped


@schemathesis.hook
def map_headers(context, headers):
    for name, value in (headers or {}).items():
        if name.lower() == "x-company-id" and is_id(value):
            headers[name] = KNOWN["company_id"]
    return headers


def let_it_succeed(case):
    """Names that are free, made for the agency; and the known company stays active."""
    if not isinstance(case.body, dict):
        return
    for holder in [case.body, *case.body.get("companies", [])]:
        if isinstance(holder.get("name"), str):
            holder["name"] = f"{holder['name'].strip()[:200]} {next(numbers)}"
    if "companies" in case.body:
        case.headers.pop("x-company-id", None)
    if "active" in case.body:
        case.body["active"] = True


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is not None and case.meta.generation.mode.is_positive:
        let_it_succeed(case)
    # X-Request-Id is filled with ids of what was created, as numbers.
    for name, value in (case.headers or {}).items():
        case.headers[name] = str(value)
