// What the compiler must refuse. Each line that is wrong ends with the beginning of what it says.
package misuse;

import com.pulumi.autodeploy.AutoDeployer;
import com.pulumi.autodeploy.AutoDeployerArgs;
import com.pulumi.autodeploy.WebhookArgs;
import com.pulumi.autodeploy.enums.WebhookFilters;
import com.pulumi.autodeploy.enums.WebhookFormat;
import com.pulumi.autodeploy.enums.WebhookGroup;

public class App {
    void stack(AutoDeployer b) {
        AutoDeployerArgs.builder().projekt("app"); // cannot find symbol
        AutoDeployerArgs.builder().stack(true); // no suitable method found for stack(
        AutoDeployerArgs.builder().downstreamRefs(b); // no suitable method found for downstreamRefs(
        AutoDeployerArgs.builder().filters(WebhookFormat.Raw); // no suitable method found for filters(
        AutoDeployerArgs.builder().filters(WebhookFilters.UpdateSuceeded); // cannot find symbol
        WebhookArgs.builder().format(WebhookGroup.Stacks); // no suitable method found for format(
    }
}
