"""Updates each stack after those that it refers to."""

import pulumi_auto_deploy as auto_deploy

organization = "acme"

app_prod = auto_deploy.AutoDeployer("app-prod",
    organization=organization,
    project="app",
    stack="prod",
    downstream_refs=[])
database_prod = auto_deploy.AutoDeployer("database-prod",
    organization=organization,
    project="database",
    stack="prod",
    downstream_refs=[app_prod.ref])
queue_prod = auto_deploy.AutoDeployer("queue-prod",
    organization=organization,
    project="queue",
    stack="prod",
    downstream_refs=[])
auto_deploy.AutoDeployer("network-prod",
    organization=organization,
    project="network",
    stack="prod",
    downstream_refs=[database_prod.ref, queue_prod.ref])
