"""Keeps these stacks up to date:

    a
    ├── b
    │   ├── d
    │   ├── e
    │   └── f
    └── c

Whenever a stack is updated, Pulumi Deployments updates all stacks below it.
"""

import pulumi
import pulumi_auto_deploy as auto_deploy

organization = pulumi.get_organization()
project = "dependency-example"

f = auto_deploy.AutoDeployer("f",
    organization=organization,
    project=project,
    stack="f",
    downstream_refs=[])
e = auto_deploy.AutoDeployer("e",
    organization=organization,
    project=project,
    stack="e",
    downstream_refs=[])
d = auto_deploy.AutoDeployer("d",
    organization=organization,
    project=project,
    stack="d",
    downstream_refs=[])
c = auto_deploy.AutoDeployer("c",
    organization=organization,
    project=project,
    stack="c",
    downstream_refs=[])
b = auto_deploy.AutoDeployer("b",
    organization=organization,
    project=project,
    stack="b",
    downstream_refs=[
        d.ref,
        e.ref,
        f.ref,
    ])
a = auto_deploy.AutoDeployer("a",
    organization=organization,
    project=project,
    stack="a",
    downstream_refs=[
        b.ref,
        c.ref,
    ])
