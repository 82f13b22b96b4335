using System.Collections.Generic;
using Pulumi;
using AutoDeploy = Pulumi.AutoDeploy;

// Updates the database after the network, and the compute after the database.

return await Deployment.RunAsync(() =>
{
    var organization = Deployment.Instance.OrganizationName;

    var databaseWebhook = new AutoDeploy.Webhook("databaseWebhook", new()
    {
        OrganizationName = organization,
        ProjectName = "network",
        StackName = "prod",
        Format = AutoDeploy.WebhookFormat.PulumiDeployments,
        PayloadUrl = "database/prod",
        Active = true,
        DisplayName = "deploy-database",
        Filters = new[]
        {
            AutoDeploy.WebhookFilters.UpdateSucceeded,
        },
    });

    var computeWebhook = new AutoDeploy.Webhook("computeWebhook", new()
    {
        OrganizationName = organization,
        ProjectName = "database",
        StackName = "prod",
        Format = AutoDeploy.WebhookFormat.PulumiDeployments,
        PayloadUrl = "compute/prod",
        Active = true,
        DisplayName = "deploy-compute",
        Filters = new[]
        {
            AutoDeploy.WebhookFilters.UpdateSucceeded,
        },
    });

    // The IDs, as `pulumi import` takes them.
    return new Dictionary<string, object?>
    {
        ["ids"] = Output.All(databaseWebhook.Id, computeWebhook.Id),
    };
});
