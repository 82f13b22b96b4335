package examples;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.autodeploy.AutoDeployer;
import com.pulumi.autodeploy.AutoDeployerArgs;
import com.pulumi.core.Output;
import java.util.List;

/**
 * Keeps these stacks up to date:
 *
 * <pre>
 * a
 * ├── b
 * │   ├── d
 * │   ├── e
 * │   └── f
 * └── c
 * </pre>
 *
 * Whenever a stack is updated, Pulumi Deployments updates all stacks below it.
 */
public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        var organization = ctx.organizationName();
        var project = "dependency-example";

        var f = new AutoDeployer("f", AutoDeployerArgs.builder()
            .organization(organization)
            .project(project)
            .stack("f")
            .downstreamRefs(List.of())
            .build());

        var e = new AutoDeployer("e", AutoDeployerArgs.builder()
            .organization(organization)
            .project(project)
            .stack("e")
            .downstreamRefs(List.of())
            .build());

        var d = new AutoDeployer("d", AutoDeployerArgs.builder()
            .organization(organization)
            .project(project)
            .stack("d")
            .downstreamRefs(List.of())
            .build());

        var c = new AutoDeployer("c", AutoDeployerArgs.builder()
            .organization(organization)
            .project(project)
            .stack("c")
            .downstreamRefs(List.of())
            .build());

        var b = new AutoDeployer("b", AutoDeployerArgs.builder()
            .organization(organization)
            .project(project)
            .stack("b")
            .downstreamRefs(Output.all(d.ref(), e.ref(), f.ref()))
            .build());

        new AutoDeployer("a", AutoDeployerArgs.builder()
            .organization(organization)
            .project(project)
            .stack("a")
            .downstreamRefs(Output.all(b.ref(), c.ref()))
            .build());
    }
}
