// Updates each stack after those that it refers to.
package main

import (
	"github.com/pulumi/pulumi-auto-deploy/sdk/go/autodeploy"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		_, err := autodeploy.NewDependencyGraph(ctx, "graph", &autodeploy.DependencyGraphArgs{
			Organization: pulumi.String("acme"),
			Dependencies: pulumi.StringArrayMap{
				"app/prod":      pulumi.StringArray{pulumi.String("database/prod")},
				"database/prod": pulumi.StringArray{pulumi.String("network/prod")},
				"queue/prod":    pulumi.StringArray{pulumi.String("network/prod")},
			},
		})
		return err
	})
}
