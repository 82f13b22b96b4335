// What the compiler must refuse. Each line that is wrong ends with the beginning of what it says.
package main

import (
	"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		b, err := autodeploy.NewAutoDeployer(ctx, "b", &autodeploy.AutoDeployerArgs{
			Project: "app",                             // cannot use "app"
			Stack:   pulumi.Bool(true),                 // cannot use pulumi.Bool(true)
			Filters: pulumi.StringArray{},              // cannot use pulumi.StringArray{}
			Stacks:  pulumi.StringArray{},              // unknown field Stacks
		})
		_ = autodeploy.AutoDeployerArgs{
			DownstreamRefs: pulumi.StringArray{b},      // cannot use b
			Filters: autodeploy.WebhookFiltersArray{
				autodeploy.WebhookFiltersUpdateSuceeded, // undefined: autodeploy.WebhookFiltersUpdateSuceeded
				autodeploy.WebhookFormatRaw,             // cannot use autodeploy.WebhookFormatRaw
			},
		}
		return err
	})
}
