package main

import (
	"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		database, err := autodeploy.NewAutoDeployer(ctx, "database", &autodeploy.AutoDeployerArgs{
			Project: pulumi.String("database"),
			Stack:   pulumi.String("prod"),
		})
		if err != nil {
			return err
		}
		cluster, err := autodeploy.NewAutoDeployer(ctx, "cluster", &autodeploy.AutoDeployerArgs{
			Project: pulumi.String("cluster"),
			Stack:   pulumi.String("prod"),
		})
		if err != nil {
			return err
		}
		_, err = autodeploy.NewAutoDeployer(ctx, "network", &autodeploy.AutoDeployerArgs{
			Project:        pulumi.String("network"),
			Stack:          pulumi.String("prod"),
			DownstreamRefs: pulumi.StringArray{database.Ref, cluster.Ref},
		})
		if err != nil {
			return err
		}
		_, err = autodeploy.NewJoin(ctx, "app", &autodeploy.JoinArgs{
			Project:      pulumi.String("app"),
			Stack:        pulumi.String("prod"),
			UpstreamRefs: pulumi.StringArray{database.Ref, cluster.Ref},
		})
		if err != nil {
			return err
		}
		for _, project := range []string{"database", "cluster"} {
			_, err = autodeploy.NewWebhook(ctx, "wake-up-"+project, &autodeploy.WebhookArgs{
				DisplayName: pulumi.String("wake-up"),
				ProjectName: pulumi.String(project),
				StackName:   pulumi.String("prod"),
				Format:      autodeploy.WebhookFormatPulumiDeployments,
				PayloadUrl:  pulumi.String(ctx.Project() + "/" + ctx.Stack()),
				Filters:     autodeploy.WebhookFiltersArray{autodeploy.WebhookFiltersUpdateSucceeded},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
