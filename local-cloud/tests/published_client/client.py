"""The published client, with a transport that checks each answer and remembers which routes were called."""

import json
import re
import urllib.error
import urllib.request
from contextlib import contextmanager

from pulumi_cloud_sdk.api_client import ApiClient
from pulumi_cloud_sdk.configuration import Configuration

import types_of_client as types


class Answer:
    """An answer of the cloud, as the client's transport gives it."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def read(self):
        return self.body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


class CheckedClient(ApiClient):
    """Calls the cloud as the published client does. What is wrong with an answer is kept, each with the route."""

    def __init__(self, url, token, own_errors):
        configuration = Configuration()
        configuration.host, configuration.access_token = url, token
        super().__init__(configuration, transport=self.send)
        self.own_errors, self.used_errors = own_errors, set()
        self.lease = None
        self.refusal = None
        self.called, self.wrong = set(), []
        self.n_checks = 0
        self.last = None

    def send(self, request, timeout):
        if self.lease:
            request.remove_header("Authorization")
            request.add_header("Authorization", f"update-token {self.lease}")
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                self.last = Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            self.last = Answer(error.code, error.headers, error.read())
        return self.last

    def call_api(self, resource_path, method, path_params=None, query_params=None, header_params=None, **rest):
        """One call: the client sends it, and the answer is checked against the type that the client says it has."""
        route = f"{method} {resource_path}"
        self.called.add(nameless(route))
        rest["_preload_content"] = False
        super().call_api(resource_path, method, path_params, query_params, header_params, **rest)
        return self.check(route, rest.get("response_type"))

    def call_api_with_headers(self, resource_path, method, *others, **rest):
        """The same for an operation whose answer has headers: those of environments."""
        body = self.call_api(resource_path, method, *others, **rest)
        for name in ("ETag", "Pulumi-ESC-Revision"):
            if not self.last.headers.get(name):
                self.complain(f"{method} {resource_path}", f"has no header `{name}`")
        return body, self.last.headers

    def check(self, route, response_type):
        """Checks the last answer; what the client's own types get wrong is looked up in the list of its errors."""
        answer = self.last
        if self.refusal:
            if answer.status != self.refusal:
                self.complain(route, f"{answer.status} and not {self.refusal}")
            return None
        if answer.status >= 400:
            return self.complain(route, f"{answer.status} {answer.body!r}")
        if not response_type:
            if answer.body not in (b"", b"{}"):
                self.complain(route, f"has a body where the client knows none: {answer.body!r}")
            return None
        self.n_checks += 1
        if not answer.body:
            return self.complain(route, f"has no body where the client reads a {response_type}")
        is_yaml = answer.headers["Content-Type"] == "application/x-yaml"
        body = answer.body.decode() if is_yaml else json.loads(answer.body)
        for problem in types.problems(body, response_type):
            self.complain(route, problem)
        return body

    @contextmanager
    def leased(self, token):
        """Calls with the lease of an update."""
        self.lease = token
        yield
        self.lease = None

    @contextmanager
    def refused(self, status):
        """Calls that a local cloud refuses with this status."""
        self.refusal = status
        yield
        self.refusal = None

    def complain(self, route, problem):
        """Keeps a difference, unless it is an error of the client itself."""
        difference = f"{route}: {problem}"
        known = next((one for one in self.own_errors if re.search(one, difference)), None)
        if known:
            self.used_errors.add(known)
        else:
            self.wrong.append(difference)


def nameless(route):
    """A route without the names of its parameters: they are the servers' own."""
    return re.sub(r"\{[^}]*\}", "{}", route)
