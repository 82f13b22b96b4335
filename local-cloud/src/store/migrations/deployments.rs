//! The tables of deployments, and of messages to webhooks.

/// 4: messages to webhooks, and deployments with their settings, pauses, steps and logs.
pub(super) const STEP: &str = "
    -- What is still to be sent to a webhook.
    CREATE TABLE parcels (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        webhook INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
        event TEXT NOT NULL,
        kind TEXT NOT NULL,
        payload TEXT NOT NULL
    ) STRICT;

    CREATE INDEX parcels_of_webhook ON parcels (webhook, id);

    CREATE TABLE deployment_settings (
        stack INTEGER PRIMARY KEY REFERENCES stacks (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        source TEXT NOT NULL,
        settings TEXT NOT NULL
    ) STRICT;

    -- A pause of an organization has no stack.
    CREATE TABLE deployment_pauses (
        organization TEXT NOT NULL REFERENCES organizations (name),
        stack INTEGER REFERENCES stacks (id) ON DELETE CASCADE
    ) STRICT;

    CREATE UNIQUE INDEX pauses_of_organization ON deployment_pauses (organization) WHERE stack IS NULL;
    CREATE UNIQUE INDEX pauses_of_stack ON deployment_pauses (stack) WHERE stack IS NOT NULL;

    -- Times are in Unix milliseconds.
    CREATE TABLE deployments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        uid TEXT NOT NULL UNIQUE,
        stack INTEGER NOT NULL REFERENCES stacks (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        operation TEXT NOT NULL,
        status TEXT NOT NULL,
        initiator TEXT NOT NULL,
        inherits INTEGER NOT NULL,
        settings TEXT NOT NULL,
        is_cancelled INTEGER NOT NULL DEFAULT 0,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        started INTEGER,
        UNIQUE (stack, version)
    ) STRICT;

    CREATE INDEX deployments_by_status ON deployments (status, id);
    CREATE INDEX deployments_of_stack ON deployments (stack, status);

    -- The updates that were made with the token of a deployment.
    CREATE TABLE deployment_updates (
        deployment INTEGER NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
        update_ INTEGER NOT NULL REFERENCES updates (id) ON DELETE CASCADE,
        PRIMARY KEY (deployment, update_)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE deployment_steps (
        deployment INTEGER NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        status TEXT NOT NULL,
        started INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        PRIMARY KEY (deployment, position)
    ) STRICT, WITHOUT ROWID;

    -- A line without text is the header of its step.
    CREATE TABLE deployment_log (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        deployment INTEGER NOT NULL REFERENCES deployments (id) ON DELETE CASCADE,
        step INTEGER NOT NULL,
        timestamp INTEGER NOT NULL,
        line TEXT
    ) STRICT;

    CREATE INDEX deployment_log_of_deployment ON deployment_log (deployment, id);
";
