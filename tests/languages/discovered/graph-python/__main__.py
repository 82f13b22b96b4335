"""Updates each stack after those that it refers to."""

import pulumi_auto_deploy as auto_deploy

auto_deploy.DependencyGraph("graph",
    organization="acme",
    dependencies={
        "app/prod": ["database/prod"],
        "database/prod": ["network/prod"],
        "queue/prod": ["network/prod"],
    })
