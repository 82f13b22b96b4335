package main

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// AutoDeployer is the component: a webhook for each stack that follows.
type AutoDeployer struct {
	pulumi.ResourceState
	Organization pulumi.StringOutput      `pulumi:"organization"`
	Project      pulumi.StringOutput      `pulumi:"project"`
	Stack        pulumi.StringOutput      `pulumi:"stack"`
	Downstream   pulumi.StringArrayOutput `pulumi:"downstreamRefs"`
	Discover     pulumi.BoolOutput        `pulumi:"discoverDownstream"`
	Discovered   pulumi.StringArrayOutput `pulumi:"discoveredRefs"`
	Active       pulumi.BoolOutput        `pulumi:"active"`
	Checks       pulumi.StringOutput      `pulumi:"checks"`
	Filters      pulumi.StringArrayOutput `pulumi:"filters"`
	Ref          pulumi.StringOutput      `pulumi:"ref"`
	Webhooks     pulumi.StringArrayOutput `pulumi:"downstreamWebhooks"`
}

// AutoDeployerArgs are what a program says of the component.
type AutoDeployerArgs struct {
	Organization pulumi.StringInput   `pulumi:"organization"`
	Project      pulumi.StringInput   `pulumi:"project"`
	Stack        pulumi.StringInput   `pulumi:"stack"`
	Downstream   []pulumi.StringInput `pulumi:"downstreamRefs,optional"`
}

// child is a webhook as the component registers it.
type child struct {
	pulumi.CustomResourceState
	Name pulumi.StringOutput `pulumi:"name"`
}

// NewAutoDeployer makes a component and its webhooks.
func NewAutoDeployer(
	ctx *pulumi.Context, name string, args AutoDeployerArgs, options ...pulumi.ResourceOption,
) (*AutoDeployer, error) {
	made := &AutoDeployer{}
	if err := ctx.RegisterComponentResource(provider.GetTypeToken(ctx), name, made, options...); err != nil {
		return nil, err
	}
	webhooks := pulumi.StringArray{}
	filters := pulumi.ToStringArray([]string{"update_succeeded"})
	downstream := pulumi.StringArray{}
	for at, ref := range args.Downstream {
		downstream = append(downstream, ref)
		webhook := &child{}
		inputs := pulumi.Map{
			"organizationName": args.Organization,
			"projectName":      args.Project,
			"stackName":        args.Stack,
			"displayName":      ref,
			"payloadUrl":       ref,
			"active":           pulumi.Bool(true),
			"format":           pulumi.String("pulumi_deployments"),
			"filters":          filters,
		}
		of := pulumi.Parent(made)
		err := ctx.RegisterResource("auto-deploy:index:Webhook", fmt.Sprintf("%s-%d", name, at), inputs, webhook, of)
		if err != nil {
			return nil, err
		}
		webhooks = append(webhooks, webhook.Name)
	}
	made.Organization = args.Organization.ToStringOutput()
	made.Project = args.Project.ToStringOutput()
	made.Stack = args.Stack.ToStringOutput()
	made.Downstream = downstream.ToStringArrayOutput()
	made.Discover = pulumi.Bool(false).ToBoolOutput()
	made.Discovered = pulumi.StringArray{}.ToStringArrayOutput()
	made.Active = pulumi.Bool(true).ToBoolOutput()
	made.Checks = pulumi.String("warn").ToStringOutput()
	made.Filters = filters.ToStringArrayOutput()
	made.Ref = pulumi.Sprintf("%s/%s", args.Project, args.Stack)
	made.Webhooks = webhooks.ToStringArrayOutput()
	return made, nil
}
