package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	dotnet "github.com/pulumi/pulumi-dotnet/pulumi-language-dotnet/v3/codegen"
	"github.com/pulumi/pulumi/pkg/v3/codegen"
	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
)

// generator is how an SDK says what made it: as if it were the language's host, so that `pulumi package gen-sdk` makes
// the same.
func generator(language string) string {
	return "pulumi-language-" + language
}

// files are the contents of a folder, by path with slashes.
type files = map[string][]byte

// language is one that there is an SDK for.
type language struct {
	name     string
	generate func(source) (files, error)
	// finish puts right what a generator leaves to those who publish.
	finish func(files) error
}

var languages = []language{
	{"nodejs", generateNodejs, finishNodejs},
	{"python", generatePython, nil},
	{"go", generateGo, nil},
	{"dotnet", generateDotnet, nil},
	{"java", generateJava, nil},
}

func names() []string {
	var all []string
	for _, language := range languages {
		all = append(all, language.name)
	}
	return all
}

func generateNodejs(source source) (files, error) {
	pkg, err := source.bind()
	if err != nil {
		return nil, err
	}
	return nodejs.GeneratePackage(generator("nodejs"), pkg, nil, nil, false, nil)
}

func generatePython(source source) (files, error) {
	pkg, err := source.bind()
	if err != nil {
		return nil, err
	}
	return python.GeneratePackage(generator("python"), pkg, nil, nil)
}

func generateGo(source source) (files, error) {
	pkg, err := source.bind()
	if err != nil {
		return nil, err
	}
	return golang.GeneratePackage(generator("go"), pkg, nil)
}

//go:embed extra/logo.png
var logo []byte

// standIn answers every request with the logo: the .NET generator would download one.
type standIn struct{}

func (standIn) RoundTrip(request *http.Request) (*http.Response, error) {
	body := io.NopCloser(bytes.NewReader(logo))
	return &http.Response{StatusCode: http.StatusOK, Body: body, Request: request}, nil
}

func generateDotnet(source source) (files, error) {
	pkg, err := source.bind()
	if err != nil {
		return nil, err
	}
	// The generator filters the examples of resources alone, and writes those of functions as they are.
	for _, function := range pkg.Functions {
		function.Comment = codegen.FilterExamples(function.Comment, "csharp")
	}
	http.DefaultTransport = standIn{}
	return dotnet.GeneratePackage(generator("dotnet"), pkg, nil, nil)
}

// generateJava asks a program of its own, beside this one: its generator needs older libraries.
func generateJava(source source) (files, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	spec, err := json.Marshal(source.spec)
	if err != nil {
		return nil, err
	}
	program := exec.Command(filepath.Join(filepath.Dir(self), "sdk-gen-java"), generator("java"))
	program.Stdin = bytes.NewReader(spec)
	program.Stderr = os.Stderr
	answer, err := program.Output()
	if err != nil {
		return nil, fmt.Errorf("sdk-gen-java: %w", err)
	}
	var made files
	return made, json.Unmarshal(answer, &made)
}
