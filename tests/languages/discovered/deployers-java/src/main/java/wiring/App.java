package wiring;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.autodeploy.AutoDeployer;
import com.pulumi.autodeploy.AutoDeployerArgs;
import com.pulumi.core.Output;
import java.util.List;

/** Updates each stack after those that it refers to. */
public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        var organization = "acme";

        var appProd = new AutoDeployer("app-prod", AutoDeployerArgs.builder()
            .organization(organization)
            .project("app")
            .stack("prod")
            .downstreamRefs(List.of())
            .build());

        var databaseProd = new AutoDeployer("database-prod", AutoDeployerArgs.builder()
            .organization(organization)
            .project("database")
            .stack("prod")
            .downstreamRefs(Output.all(appProd.ref()))
            .build());

        var queueProd = new AutoDeployer("queue-prod", AutoDeployerArgs.builder()
            .organization(organization)
            .project("queue")
            .stack("prod")
            .downstreamRefs(List.of())
            .build());

        new AutoDeployer("network-prod", AutoDeployerArgs.builder()
            .organization(organization)
            .project("network")
            .stack("prod")
            .downstreamRefs(Output.all(databaseProd.ref(), queueProd.ref()))
            .build());
    }
}
