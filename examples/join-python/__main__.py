import pulumi
import pulumi_auto_deploy as auto_deploy

database = auto_deploy.AutoDeployer("database", project="database", stack="prod")
cluster = auto_deploy.AutoDeployer("cluster", project="cluster", stack="prod")

auto_deploy.AutoDeployer("network",
    project="network",
    stack="prod",
    downstream_refs=[database.ref, cluster.ref])

auto_deploy.Join("app",
    project="app",
    stack="prod",
    upstream_refs=[database.ref, cluster.ref])

for project in ["database", "cluster"]:
    auto_deploy.Webhook(f"wake-up-{project}",
        display_name="wake-up",
        project_name=project,
        stack_name="prod",
        format=auto_deploy.WebhookFormat.PULUMI_DEPLOYMENTS,
        payload_url=f"{pulumi.get_project()}/{pulumi.get_stack()}",
        filters=[auto_deploy.WebhookFilters.UPDATE_SUCCEEDED])
