// Makes the SDKs of the package from its schema, with Pulumi's own generators.
//
//	sdk-gen [-root FOLDER] [-out FOLDER] [LANGUAGE…]
//
// It reads schema.json, the version in Cargo.toml and the LICENSE of the root folder, and writes one folder for each
// language into the output folder, which is `sdk` in the root folder by default. What is already up to date is not
// touched, and what no generator makes any more is removed. No network is needed.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	root := flag.String("root", ".", "the `folder` with schema.json")
	out := flag.String("out", "", "the `folder` to write to (default: sdk in the root folder)")
	flag.Parse()
	if *out == "" {
		*out = filepath.Join(*root, "sdk")
	}
	if err := run(*root, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sdk-gen:", err)
		os.Exit(1)
	}
}

func run(root, out string, wanted []string) error {
	for _, name := range wanted {
		if !slices.ContainsFunc(languages, func(known language) bool { return known.name == name }) {
			return fmt.Errorf("no language is called %s; there are %s", name, strings.Join(names(), ", "))
		}
	}
	source, err := read(root)
	if err != nil {
		return err
	}
	for _, language := range languages {
		if len(wanted) > 0 && !slices.Contains(wanted, language.name) {
			continue
		}
		files, err := sdk(source, language)
		if err != nil {
			return fmt.Errorf("%s: %w", language.name, err)
		}
		if err := write(filepath.Join(out, language.name), files); err != nil {
			return err
		}
	}
	return nil
}
