using Pulumi;
using AutoDeploy = Pulumi.AutoDeploy;

// Keeps these stacks up to date:
//
//     a
//     ├── b
//     │   ├── d
//     │   ├── e
//     │   └── f
//     └── c
//
// Whenever a stack is updated, Pulumi Deployments updates all stacks below it.

return await Deployment.RunAsync(() =>
{
    var organization = Deployment.Instance.OrganizationName;
    var project = "dependency-example";

    var f = new AutoDeploy.AutoDeployer("f", new()
    {
        Organization = organization,
        Project = project,
        Stack = "f",
        DownstreamRefs = new string[] { },
    });

    var e = new AutoDeploy.AutoDeployer("e", new()
    {
        Organization = organization,
        Project = project,
        Stack = "e",
        DownstreamRefs = new string[] { },
    });

    var d = new AutoDeploy.AutoDeployer("d", new()
    {
        Organization = organization,
        Project = project,
        Stack = "d",
        DownstreamRefs = new string[] { },
    });

    var c = new AutoDeploy.AutoDeployer("c", new()
    {
        Organization = organization,
        Project = project,
        Stack = "c",
        DownstreamRefs = new string[] { },
    });

    var b = new AutoDeploy.AutoDeployer("b", new()
    {
        Organization = organization,
        Project = project,
        Stack = "b",
        DownstreamRefs = new[] { d.Ref, e.Ref, f.Ref },
    });

    var a = new AutoDeploy.AutoDeployer("a", new()
    {
        Organization = organization,
        Project = project,
        Stack = "a",
        DownstreamRefs = new[] { b.Ref, c.Ref },
    });
});
