// Makes the Java SDK: a schema with a version comes in on stdin, and the files go out on stdout, as a JSON object of
// paths and contents in base64. Its argument is the name of the generator for the files' headings.
//
// It is a module of its own because the Java generator needs older libraries than the others.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(generator string) error {
	var spec schema.PackageSpec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return err
	}
	pkg, problems, err := schema.BindSpec(spec, nil, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if problems.HasErrors() {
		return problems
	}
	// The generator prints a remark about secret configuration, which would be in the way of the answer.
	answer := os.Stdout
	if os.Stdout, err = os.OpenFile(os.DevNull, os.O_WRONLY, 0); err != nil {
		return err
	}
	files, err := java.GeneratePackage(generator, pkg, nil, nil, false, false)
	if err != nil {
		return err
	}
	return json.NewEncoder(answer).Encode(files)
}
