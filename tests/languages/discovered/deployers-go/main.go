// Updates each stack after those that it refers to.
package main

import (
	"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		organization := pulumi.String("acme")
		appProd, err := autodeploy.NewAutoDeployer(ctx, "app-prod", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        pulumi.String("app"),
			Stack:          pulumi.String("prod"),
			DownstreamRefs: pulumi.StringArray{},
		})
		if err != nil {
			return err
		}
		databaseProd, err := autodeploy.NewAutoDeployer(ctx, "database-prod", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        pulumi.String("database"),
			Stack:          pulumi.String("prod"),
			DownstreamRefs: pulumi.StringArray{appProd.Ref},
		})
		if err != nil {
			return err
		}
		queueProd, err := autodeploy.NewAutoDeployer(ctx, "queue-prod", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        pulumi.String("queue"),
			Stack:          pulumi.String("prod"),
			DownstreamRefs: pulumi.StringArray{},
		})
		if err != nil {
			return err
		}
		_, err = autodeploy.NewAutoDeployer(ctx, "network-prod", &autodeploy.AutoDeployerArgs{
			Organization:   organization,
			Project:        pulumi.String("network"),
			Stack:          pulumi.String("prod"),
			DownstreamRefs: pulumi.StringArray{databaseProd.Ref, queueProd.Ref},
		})
		if err != nil {
			return err
		}
		return nil
	})
}
