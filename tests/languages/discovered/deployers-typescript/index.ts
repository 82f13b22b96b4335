import * as autodeploy from "@pulumi/auto-deploy";

// Updates each stack after those that it refers to.

const organization = "acme";

const appProd = new autodeploy.AutoDeployer("app-prod", {
    organization,
    project: "app",
    stack: "prod",
    downstreamRefs: [],
});

const databaseProd = new autodeploy.AutoDeployer("database-prod", {
    organization,
    project: "database",
    stack: "prod",
    downstreamRefs: [appProd.ref],
});

const queueProd = new autodeploy.AutoDeployer("queue-prod", {
    organization,
    project: "queue",
    stack: "prod",
    downstreamRefs: [],
});

new autodeploy.AutoDeployer("network-prod", {
    organization,
    project: "network",
    stack: "prod",
    downstreamRefs: [databaseProd.ref, queueProd.ref],
});
