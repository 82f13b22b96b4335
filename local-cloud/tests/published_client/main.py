"""Calls every route of a cloud with the published client, and checks each answer against the client's own types.

Usage: main.py URL TOKEN. The cloud has the organization `acme`, nothing in it, and runs no real deployments.
"""

import sys

import cases
from client import CheckedClient, nameless
from own_errors import OWN_ERRORS


def main(url, token):
    client = CheckedClient(url, token, OWN_ERRORS)
    specification = cases.run(client)
    served = {
        nameless(f"{method.upper()} {path}")
        for path, methods in specification["paths"].items()
        for method in methods
    }
    wrong = client.wrong
    wrong += [f"{route}: no case calls it" for route in sorted(served - client.called)]
    wrong += [f"{route}: is called and not served" for route in sorted(client.called - served)]
    wrong += [f"own_errors.py: {one!r} does not occur any more" for one in OWN_ERRORS if one not in client.used_errors]
    print(f"{len(client.called)} routes, {client.n_checks} answers, {len(wrong)} differences")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
