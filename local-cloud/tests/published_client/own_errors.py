"""What the published client itself gets wrong. Each entry is a pattern of a difference, with the reason beside it."""

OWN_ERRORS = {
    # The service writes a value that is not secret as a plain string, and so does the client when it sends one; its
    # type knows the object only.
    r"deployments/settings: \$\.operationContext\.environmentVariables\.PLAIN is no object": "plain text is a string",
    # An image without credentials is written as a plain string. The Go client reads it.
    r"deployments/settings: \$\.executorContext\.executorImage is no object": "a plain image is a string",
    # The Pulumi CLI asks for this capability; the list of the client's types is older.
    r"capabilities: .*\.capability is none of .*: 'coherence-windows'": "the list lacks a capability of the CLI",
    # HTTP has no body in the answer to HEAD.
    r"^HEAD .*: has no body": "the answer to HEAD has no body",
    # The comment of the type says that the token is null when all events are told; the Python type has no null.
    r"events: \$\.continuationToken is null": "null says that there are no more events",
}
