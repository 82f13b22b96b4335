using Pulumi;
using AutoDeploy = Pulumi.AutoDeploy;

return await Deployment.RunAsync(() =>
{
    var database = new AutoDeploy.AutoDeployer("database", new() { Project = "database", Stack = "prod" });
    var cluster = new AutoDeploy.AutoDeployer("cluster", new() { Project = "cluster", Stack = "prod" });

    var network = new AutoDeploy.AutoDeployer("network", new()
    {
        Project = "network",
        Stack = "prod",
        DownstreamRefs = new[] { database.Ref, cluster.Ref },
    });

    var app = new AutoDeploy.Join("app", new()
    {
        Project = "app",
        Stack = "prod",
        UpstreamRefs = new[] { database.Ref, cluster.Ref },
    });

    foreach (var project in new[] { "database", "cluster" })
    {
        var wakeUp = new AutoDeploy.Webhook($"wake-up-{project}", new()
        {
            DisplayName = "wake-up",
            ProjectName = project,
            StackName = "prod",
            Format = AutoDeploy.WebhookFormat.PulumiDeployments,
            PayloadUrl = $"{Deployment.Instance.ProjectName}/{Deployment.Instance.StackName}",
            Filters = new[] { AutoDeploy.WebhookFilters.UpdateSucceeded },
        });
    }
});
