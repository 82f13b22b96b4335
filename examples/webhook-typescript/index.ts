import * as autodeploy from "@pulumi/auto-deploy";
import * as pulumi from "@pulumi/pulumi";

const organizationName = pulumi.getOrganization();

const databaseWebhook = new autodeploy.Webhook("databaseWebhook", {
    organizationName,
    projectName: "network",
    stackName: "prod",
    format: autodeploy.WebhookFormat.PulumiDeployments,
    payloadUrl: "database/prod",
    active: true,
    displayName: "deploy-database",
    filters: [autodeploy.WebhookFilters.UpdateSucceeded],
});
const computeWebhook = new autodeploy.Webhook("computeWebhook", {
    organizationName,
    projectName: "database",
    stackName: "prod",
    format: autodeploy.WebhookFormat.PulumiDeployments,
    payloadUrl: "compute/prod",
    active: true,
    displayName: "deploy-compute",
    filters: [autodeploy.WebhookFilters.UpdateSucceeded],
});

// The IDs, as `pulumi import` takes them.
export const ids = [databaseWebhook.id, computeWebhook.id];
