import * as autodeploy from "@pulumi/auto-deploy";

// Updates each stack after those that it refers to.

new autodeploy.DependencyGraph("graph", {
    organization: "acme",
    dependencies: {
        "app/prod": ["database/prod"],
        "database/prod": ["network/prod"],
        "queue/prod": ["network/prod"],
    },
});
