import * as autodeploy from "@pulumi/auto-deploy";

const graph = new autodeploy.DependencyGraph("layers", {
    dependencies: {
        "database/prod": ["network/prod"],
        "cluster/prod": ["network/prod"],
        "app/prod": ["database/prod", "cluster/prod"],
    },
});

export const layers = graph.layers;
export const runsPerChange = graph.runsPerChange;
