using Pulumi;
using AutoDeploy = Pulumi.AutoDeploy;

// Updates each stack after those that it refers to.

return await Deployment.RunAsync(() =>
{
    var organization = "acme";

    var appProd = new AutoDeploy.AutoDeployer("app-prod", new()
    {
        Organization = organization,
        Project = "app",
        Stack = "prod",
        DownstreamRefs = new string[] { },
    });

    var databaseProd = new AutoDeploy.AutoDeployer("database-prod", new()
    {
        Organization = organization,
        Project = "database",
        Stack = "prod",
        DownstreamRefs = new[] { appProd.Ref },
    });

    var queueProd = new AutoDeploy.AutoDeployer("queue-prod", new()
    {
        Organization = organization,
        Project = "queue",
        Stack = "prod",
        DownstreamRefs = new string[] { },
    });

    var networkProd = new AutoDeploy.AutoDeployer("network-prod", new()
    {
        Organization = organization,
        Project = "network",
        Stack = "prod",
        DownstreamRefs = new[] { databaseProd.Ref, queueProd.Ref },
    });
});
