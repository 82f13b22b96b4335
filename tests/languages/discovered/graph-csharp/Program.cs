using System.Collections.Immutable;
using Pulumi;
using AutoDeploy = Pulumi.AutoDeploy;

// Updates each stack after those that it refers to.

return await Deployment.RunAsync(() =>
{
    var graph = new AutoDeploy.DependencyGraph("graph", new()
    {
        Organization = "acme",
        Dependencies =
        {
            ["app/prod"] = ImmutableArray.Create("database/prod"),
            ["database/prod"] = ImmutableArray.Create("network/prod"),
            ["queue/prod"] = ImmutableArray.Create("network/prod"),
        },
    });
});
