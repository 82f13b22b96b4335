// What the compiler must refuse. Each line that is wrong ends with the number of the error.
import * as autodeploy from "@pulumi/auto-deploy";

const b = new autodeploy.AutoDeployer("b", { project: "app", stack: "b" });

new autodeploy.AutoDeployer("a", { stack: "a" }); // TS2345
new autodeploy.AutoDeployer("a", { project: "app" }); // TS2345
new autodeploy.AutoDeployer("a", { project: "app", stack: "a", downstreamRefs: [b] }); // TS2322
new autodeploy.AutoDeployer("a", { project: "app", stack: "a", downstreamRef: [b.ref] }); // TS2561
new autodeploy.AutoDeployer("a", { project: "app", stack: "a", filters: ["update_suceeded"] }); // TS2820
new autodeploy.Webhook("hook", { displayName: "hook", payloadUrl: "app/b", format: "teams" }); // TS2322
new autodeploy.Webhook("hook", { displayName: "hook", payloadUrl: "app/b", groups: [autodeploy.WebhookFormat.Raw] }); // TS2322
new autodeploy.Webhook("hook", { displayName: "hook" }); // TS2345
b.downstreamWebhooks = ["hook"]; // TS2540
