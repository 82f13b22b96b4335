import * as autodeploy from "@pulumi/auto-deploy";

/** A layer of the platform: a project whose stack `prod` starts those of the layers that build on it. */
function layer(project: string, ...above: autodeploy.AutoDeployer[]): autodeploy.AutoDeployer {
    return new autodeploy.AutoDeployer(project, {
        project,
        stack: "prod",
        downstreamRefs: above.map(layer => layer.ref),
    });
}

const app = layer("app");
const database = layer("database", app);
const cluster = layer("cluster", app);
const network = layer("network", database, cluster);

export const webhooks = network.downstreamWebhooks;
