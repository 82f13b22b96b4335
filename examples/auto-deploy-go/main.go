// Keeps these stacks up to date:
//
//	a
//	├── b
//	│   ├── d
//	│   ├── e
//	│   └── f
//	└── c
//
// Whenever a stack is updated, Pulumi Deployments updates all stacks below it.
package main

import (
	"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		organization := pulumi.String(ctx.Organization())
		project := pulumi.String("dependency-example")
		f, err := autodeploy.NewAutoDeployer(ctx, "f", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        project,
			Stack:          pulumi.String("f"),
			DownstreamRefs: pulumi.StringArray{},
		})
		if err != nil {
			return err
		}
		e, err := autodeploy.NewAutoDeployer(ctx, "e", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        project,
			Stack:          pulumi.String("e"),
			DownstreamRefs: pulumi.StringArray{},
		})
		if err != nil {
			return err
		}
		d, err := autodeploy.NewAutoDeployer(ctx, "d", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        project,
			Stack:          pulumi.String("d"),
			DownstreamRefs: pulumi.StringArray{},
		})
		if err != nil {
			return err
		}
		c, err := autodeploy.NewAutoDeployer(ctx, "c", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        project,
			Stack:          pulumi.String("c"),
			DownstreamRefs: pulumi.StringArray{},
		})
		if err != nil {
			return err
		}
		b, err := autodeploy.NewAutoDeployer(ctx, "b", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        project,
			Stack:          pulumi.String("b"),
			DownstreamRefs: pulumi.StringArray{d.Ref, e.Ref, f.Ref},
		})
		if err != nil {
			return err
		}
		_, err = autodeploy.NewAutoDeployer(ctx, "a", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        project,
			Stack:          pulumi.String("a"),
			DownstreamRefs: pulumi.StringArray{b.Ref, c.Ref},
		})
		return err
	})
}
