import * as autodeploy from "@pulumi/auto-deploy";

/** A stage of the shop: its stack starts that of the next stage, if there is one. */
function stage(stack: string, next?: autodeploy.AutoDeployer): autodeploy.AutoDeployer {
    return new autodeploy.AutoDeployer(stack, {
        project: "shop",
        stack,
        downstreamRefs: next ? [next.ref] : [],
    });
}

const prod = stage("prod");
const staging = stage("staging", prod);
const dev = stage("dev", staging);

export const first = dev.ref;
