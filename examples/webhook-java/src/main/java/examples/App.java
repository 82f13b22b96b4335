package examples;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.autodeploy.Webhook;
import com.pulumi.autodeploy.WebhookArgs;
import com.pulumi.autodeploy.enums.WebhookFilters;
import com.pulumi.autodeploy.enums.WebhookFormat;
import com.pulumi.core.Output;

/** Updates the database after the network, and the compute after the database. */
public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        var organization = ctx.organizationName();

        var databaseWebhook = new Webhook("databaseWebhook", WebhookArgs.builder()
            .organizationName(organization)
            .projectName("network")
            .stackName("prod")
            .format(WebhookFormat.PulumiDeployments)
            .payloadUrl("database/prod")
            .active(true)
            .displayName("deploy-database")
            .filters(WebhookFilters.UpdateSucceeded)
            .build());

        var computeWebhook = new Webhook("computeWebhook", WebhookArgs.builder()
            .organizationName(organization)
            .projectName("database")
            .stackName("prod")
            .format(WebhookFormat.PulumiDeployments)
            .payloadUrl("compute/prod")
            .active(true)
            .displayName("deploy-compute")
            .filters(WebhookFilters.UpdateSucceeded)
            .build());

        // The IDs, as `pulumi import` takes them.
        ctx.export("ids", Output.all(databaseWebhook.id(), computeWebhook.id()));
    }
}
