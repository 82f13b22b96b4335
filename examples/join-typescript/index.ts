import * as autodeploy from "@pulumi/auto-deploy";
import * as pulumi from "@pulumi/pulumi";

const database = new autodeploy.AutoDeployer("database", { project: "database", stack: "prod" });
const cluster = new autodeploy.AutoDeployer("cluster", { project: "cluster", stack: "prod" });

new autodeploy.AutoDeployer("network", {
    project: "network",
    stack: "prod",
    downstreamRefs: [database.ref, cluster.ref],
});

new autodeploy.Join("app", {
    project: "app",
    stack: "prod",
    upstreamRefs: [database.ref, cluster.ref],
});

for (const project of ["database", "cluster"]) {
    new autodeploy.Webhook(`wake-up-${project}`, {
        displayName: "wake-up",
        projectName: project,
        stackName: "prod",
        format: autodeploy.WebhookFormat.PulumiDeployments,
        payloadUrl: `${pulumi.getProject()}/${pulumi.getStack()}`,
        filters: [autodeploy.WebhookFilters.UpdateSucceeded],
    });
}
