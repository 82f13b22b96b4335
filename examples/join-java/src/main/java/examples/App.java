package examples;

import com.pulumi.Pulumi;
import com.pulumi.autodeploy.AutoDeployer;
import com.pulumi.autodeploy.AutoDeployerArgs;
import com.pulumi.autodeploy.Join;
import com.pulumi.autodeploy.JoinArgs;
import com.pulumi.autodeploy.Webhook;
import com.pulumi.autodeploy.WebhookArgs;
import com.pulumi.autodeploy.enums.WebhookFilters;
import com.pulumi.autodeploy.enums.WebhookFormat;
import com.pulumi.core.Output;
import java.util.List;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var database = new AutoDeployer("database", AutoDeployerArgs.builder()
                .project("database")
                .stack("prod")
                .build());
            var cluster = new AutoDeployer("cluster", AutoDeployerArgs.builder()
                .project("cluster")
                .stack("prod")
                .build());
            var both = Output.all(List.of(database.ref(), cluster.ref()));

            new AutoDeployer("network", AutoDeployerArgs.builder()
                .project("network")
                .stack("prod")
                .downstreamRefs(both)
                .build());

            new Join("app", JoinArgs.builder()
                .project("app")
                .stack("prod")
                .upstreamRefs(both)
                .build());

            for (var project : List.of("database", "cluster")) {
                new Webhook("wake-up-" + project, WebhookArgs.builder()
                    .displayName("wake-up")
                    .projectName(project)
                    .stackName("prod")
                    .format(WebhookFormat.PulumiDeployments)
                    .payloadUrl(ctx.projectName() + "/" + ctx.stackName())
                    .filters(WebhookFilters.UpdateSucceeded)
                    .build());
            }
        });
    }
}
