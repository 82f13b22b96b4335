package wiring;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.autodeploy.DependencyGraph;
import com.pulumi.autodeploy.DependencyGraphArgs;
import java.util.List;
import java.util.Map;

/** Updates each stack after those that it refers to. */
public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    private static void stack(Context ctx) {
        new DependencyGraph("graph", DependencyGraphArgs.builder()
            .organization("acme")
            .dependencies(Map.ofEntries(
                Map.entry("app/prod", List.of("database/prod")),
                Map.entry("database/prod", List.of("network/prod")),
                Map.entry("queue/prod", List.of("network/prod"))))
            .build());
    }
}
