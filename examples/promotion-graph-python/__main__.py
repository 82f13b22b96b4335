"""Carries each change of a shop from dev over staging to prod."""

import pulumi
import pulumi_auto_deploy as auto_deploy

graph = auto_deploy.DependencyGraph("promotion",
    dependencies={
        "shop/staging": ["shop/dev"],
        "shop/prod": ["shop/staging"],
    })

pulumi.export("stages", graph.layers)
