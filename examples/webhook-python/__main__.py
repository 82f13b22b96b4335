"""Updates the database after the network, and the compute after the database."""

import pulumi
import pulumi_auto_deploy as auto_deploy

organization = pulumi.get_organization()

database_webhook = auto_deploy.Webhook("databaseWebhook",
    organization_name=organization,
    project_name="network",
    stack_name="prod",
    format=auto_deploy.WebhookFormat.PULUMI_DEPLOYMENTS,
    payload_url="database/prod",
    active=True,
    display_name="deploy-database",
    filters=[auto_deploy.WebhookFilters.UPDATE_SUCCEEDED])
compute_webhook = auto_deploy.Webhook("computeWebhook",
    organization_name=organization,
    project_name="database",
    stack_name="prod",
    format=auto_deploy.WebhookFormat.PULUMI_DEPLOYMENTS,
    payload_url="compute/prod",
    active=True,
    display_name="deploy-compute",
    filters=[auto_deploy.WebhookFilters.UPDATE_SUCCEEDED])

# The IDs, as `pulumi import` takes them.
pulumi.export("ids", [database_webhook.id, compute_webhook.id])
