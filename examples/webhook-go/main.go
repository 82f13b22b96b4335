// Updates the database after the network, and the compute after the database.
package main

import (
	"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		organization := pulumi.String(ctx.Organization())
		databaseWebhook, err := autodeploy.NewWebhook(ctx, "databaseWebhook", &autodeploy.WebhookArgs{
			OrganizationName: organization,
			ProjectName:      pulumi.String("network"),
			StackName:        pulumi.String("prod"),
			Format:           autodeploy.WebhookFormatPulumiDeployments,
			PayloadUrl:       pulumi.String("database/prod"),
			Active:           pulumi.Bool(true),
			DisplayName:      pulumi.String("deploy-database"),
			Filters: autodeploy.WebhookFiltersArray{
				autodeploy.WebhookFiltersUpdateSucceeded,
			},
		})
		if err != nil {
			return err
		}
		computeWebhook, err := autodeploy.NewWebhook(ctx, "computeWebhook", &autodeploy.WebhookArgs{
			OrganizationName: organization,
			ProjectName:      pulumi.String("database"),
			StackName:        pulumi.String("prod"),
			Format:           autodeploy.WebhookFormatPulumiDeployments,
			PayloadUrl:       pulumi.String("compute/prod"),
			Active:           pulumi.Bool(true),
			DisplayName:      pulumi.String("deploy-compute"),
			Filters: autodeploy.WebhookFiltersArray{
				autodeploy.WebhookFiltersUpdateSucceeded,
			},
		})
		if err != nil {
			return err
		}
		// The IDs, as `pulumi import` takes them.
		ctx.Export("ids", pulumi.All(databaseWebhook.ID(), computeWebhook.ID()))
		return nil
	})
}
