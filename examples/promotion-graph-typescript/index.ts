import * as autodeploy from "@pulumi/auto-deploy";

const graph = new autodeploy.DependencyGraph("promotion", {
    dependencies: {
        "shop/staging": ["shop/dev"],
        "shop/prod": ["shop/staging"],
    },
});

export const stages = graph.layers;
