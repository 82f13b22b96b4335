"""Checks an answer against the types of the published client, to the last member."""

import base64
import binascii
import inspect
import re
from datetime import datetime
from enum import Enum

from pulumi_cloud_sdk import models

PRIMITIVES = {"str": str, "bool": bool, "float": (int, float)}


def problems(value, type_name, place="$"):
    """What is wrong with a JSON value that should be of this type, each with its place."""
    if type_name in (None, "Any", "object"):
        return []
    if value is None:
        return [f"{place} is null"]
    if found := re.fullmatch(r"list\[(.*)\]", type_name):
        return of_list(value, found[1], place)
    if found := re.fullmatch(r"dict\[str, (.*)\]", type_name):
        return of_map(value, found[1], place)
    if type_name == "int":
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return [] if is_whole else [f"{place} is no whole number: {value!r}"]
    if type_name in PRIMITIVES:
        return [] if isinstance(value, PRIMITIVES[type_name]) else [f"{place} is no {type_name}: {value!r}"]
    if type_name == "datetime":
        return of_time(value, place)
    if type_name == "bytes":
        return of_bytes(value, place)
    model = getattr(models, type_name)
    if issubclass(model, Enum):
        known = [one.value for one in model]
        return [] if value in known else [f"{place} is none of {known}: {value!r}"]
    return of_model(value, model, place)


def of_list(value, item, place):
    if not isinstance(value, list):
        return [f"{place} is no list: {value!r}"]
    return [one for n, inner in enumerate(value) for one in problems(inner, item, f"{place}[{n}]")]


def of_map(value, item, place):
    if not isinstance(value, dict):
        return [f"{place} is no object: {value!r}"]
    return [one for key, inner in value.items() for one in problems(inner, item, f"{place}.{key}")]


def of_time(value, place):
    try:
        datetime.fromisoformat(value)
        return []
    except (TypeError, ValueError):
        return [f"{place} is no time: {value!r}"]


def of_bytes(value, place):
    try:
        base64.b64decode(value, validate=True)
        return []
    except (TypeError, binascii.Error):
        return [f"{place} is no Base64: {value!r}"]


def of_model(value, model, place):
    """An object: no member that is not declared, none missing that is required, each of its type."""
    if not isinstance(value, dict):
        return [f"{place} is no object: {value!r}"]
    if hasattr(model, "DISCRIMINATOR"):
        try:
            model = model.fixup_prototype(value)
        except ValueError as error:
            return [f"{place}: {error}"]
    types, names = {}, {}
    for ancestor in reversed(model.__mro__):
        types.update(ancestor.__dict__.get("__swagger_types__") or {})
        names.update(ancestor.__dict__.get("__attribute_map__") or {})
    members = {wire: types[name] for name, wire in names.items()}
    found = [f"{place}.{key} is not declared by {model.__name__}" for key in value if key not in members]
    required = [
        names[name]
        for name, parameter in inspect.signature(model.__init__).parameters.items()
        if name in names and parameter.default is inspect.Parameter.empty
    ]
    found += [f"{place}.{key} is missing" for key in required if key not in value]
    for key, inner in value.items():
        if key in members:
            found += problems(inner, members[key], f"{place}.{key}")
    return found
