// A provider in Go with the webhook of a stack and the component that makes one for each edge, for `make bench` to measure
// beside ours. Both have the inputs, outputs and IDs that the published ones have.
//
// It is made of the libraries that providers in Go are made of, and does as little as such a provider can: no retries, no
// checks beyond the types, one request for each operation. What a whole provider in Go costs is more.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

func main() {
	webhooks, err := infer.NewProviderBuilder().
		WithNamespace("bench").
		WithResources(infer.Resource(Webhook{})).
		WithComponents(infer.ComponentF(NewAutoDeployer)).
		WithConfig(infer.Config(&Config{})).
		WithModuleMap(map[tokens.ModuleName]tokens.ModuleName{"main": "index"}).
		Build()
	if err == nil {
		err = provider.RunProvider(context.Background(), "auto-deploy", "0.0.0", webhooks)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Config says which cloud is asked, and as whom.
type Config struct {
	AccessToken string `pulumi:"accessToken,optional" provider:"secret"`
	APIURL      string `pulumi:"apiUrl,optional"`
}

// Webhook is the resource.
type Webhook struct{}

// Inputs are what a program says of a webhook, with the names that the cloud gives them as well.
type Inputs struct {
	OrganizationName string   `pulumi:"organizationName" json:"organizationName"`
	ProjectName      string   `pulumi:"projectName" json:"projectName"`
	StackName        string   `pulumi:"stackName" json:"stackName"`
	DisplayName      string   `pulumi:"displayName" json:"displayName"`
	PayloadURL       string   `pulumi:"payloadUrl" json:"payloadUrl"`
	Active           bool     `pulumi:"active" json:"active"`
	Format           string   `pulumi:"format" json:"format"`
	Filters          []string `pulumi:"filters,optional" json:"filters,omitempty"`
}

// State is a webhook as it is. The library leaves an empty list out of a state and then misses it, so groups are optional.
type State struct {
	Inputs
	Name      string   `pulumi:"name" json:"name"`
	Groups    []string `pulumi:"groups,optional" json:"groups,omitempty"`
	HasSecret bool     `pulumi:"hasSecret" json:"hasSecret"`
}

// Create makes a webhook; the cloud names it.
func (Webhook) Create(ctx context.Context, asked infer.CreateRequest[Inputs]) (infer.CreateResponse[State], error) {
	made := infer.CreateResponse[State]{Output: State{Inputs: asked.Inputs}}
	if asked.DryRun {
		return made, nil
	}
	if err := ask(ctx, http.MethodPost, hooks(asked.Inputs), asked.Inputs, &made.Output); err != nil {
		return made, err
	}
	made.Output.Groups = []string{}
	inputs := asked.Inputs
	made.ID = strings.Join([]string{inputs.OrganizationName, inputs.ProjectName, inputs.StackName, made.Output.Name}, "/")
	return made, nil
}

// Read says how a webhook is.
func (Webhook) Read(ctx context.Context, asked infer.ReadRequest[Inputs, State]) (infer.ReadResponse[Inputs, State], error) {
	inputs := asked.Inputs
	err := ask(ctx, http.MethodGet, hooks(asked.State.Inputs, asked.State.Name), nil, &inputs)
	state := asked.State
	state.Inputs = inputs
	return infer.ReadResponse[Inputs, State]{ID: asked.ID, Inputs: inputs, State: state}, err
}

// Update changes a webhook.
func (Webhook) Update(ctx context.Context, asked infer.UpdateRequest[Inputs, State]) (infer.UpdateResponse[State], error) {
	changed := infer.UpdateResponse[State]{Output: asked.State}
	changed.Output.Inputs = asked.Inputs
	if asked.DryRun {
		return changed, nil
	}
	return changed, ask(ctx, http.MethodPatch, hooks(asked.Inputs, asked.State.Name), asked.Inputs, nil)
}

// Delete removes a webhook.
func (Webhook) Delete(ctx context.Context, asked infer.DeleteRequest[State]) (infer.DeleteResponse, error) {
	return infer.DeleteResponse{}, ask(ctx, http.MethodDelete, hooks(asked.State.Inputs, asked.State.Name), nil, nil)
}

func hooks(of Inputs, rest ...string) []string {
	return append([]string{"api", "stacks", of.OrganizationName, of.ProjectName, of.StackName, "hooks"}, rest...)
}

func ask(ctx context.Context, method string, path []string, body, answer any) error {
	config := infer.GetConfig[Config](ctx)
	target, err := url.JoinPath(config.APIURL, path...)
	if err != nil {
		return err
	}
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, target, sent)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "token "+config.AccessToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, target, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(text, answer)
}
