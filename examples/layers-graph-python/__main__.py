"""Starts database and cluster after the network, and the app after each of them."""

import pulumi
import pulumi_auto_deploy as auto_deploy

graph = auto_deploy.DependencyGraph("layers",
    dependencies={
        "database/prod": ["network/prod"],
        "cluster/prod": ["network/prod"],
        "app/prod": ["database/prod", "cluster/prod"],
    })

pulumi.export("layers", graph.layers)
pulumi.export("runsPerChange", graph.runs_per_change)
