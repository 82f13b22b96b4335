package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// source is what the SDKs are made from.
type source struct {
	spec    schema.PackageSpec
	license []byte
}

var version = regexp.MustCompile(`(?m)^\[workspace\.package\]\nversion = "([^"]+)"$`)

// read reads the schema, strictly, and gives it the version that Cargo.toml has.
func read(root string) (source, error) {
	var found source
	text, err := os.ReadFile(filepath.Join(root, "schema.json"))
	if err != nil {
		return found, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&found.spec); err != nil {
		return found, fmt.Errorf("schema.json: %w", err)
	}
	manifest, err := os.ReadFile(filepath.Join(root, "Cargo.toml"))
	if err != nil {
		return found, err
	}
	match := version.FindSubmatch(manifest)
	if match == nil {
		return found, fmt.Errorf("Cargo.toml: there is no version in [workspace.package]")
	}
	found.spec.Version = string(match[1])
	found.license, err = os.ReadFile(filepath.Join(root, "LICENSE"))
	return found, err
}

// bind makes a package of the schema. Each language needs one of its own, because generators write into it.
func (source source) bind() (*schema.Package, error) {
	pkg, problems, err := schema.BindSpec(source.spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 { // Warnings too: the schema is ours to put right.
		return nil, fmt.Errorf("schema.json: %w", problems)
	}
	return pkg, nil
}
