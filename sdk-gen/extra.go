package main

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"
)

// extra holds what each SDK has besides the generated code: a README, and what publishing needs.
//
//go:embed all:extra
var extra embed.FS

// sdk makes all files of a language's SDK.
func sdk(source source, language language) (files, error) {
	made, err := language.generate(source)
	if err != nil {
		return nil, err
	}
	if language.finish != nil {
		if err := language.finish(made); err != nil {
			return nil, err
		}
	}
	made["LICENSE"] = source.license
	folder := "extra/" + language.name
	return made, fs.WalkDir(extra, folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := extra.ReadFile(path)
		made[strings.TrimPrefix(path, folder+"/")] = bytes.ReplaceAll(content, []byte("@VERSION@"), []byte(source.spec.Version))
		return err
	})
}

// finishNodejs tells npm where the built code is, what belongs to the package, and how to build it.
//
// The built code reads its version from a package.json beside it.
func finishNodejs(made files) error {
	return replaceOnce(made, "package.json", `    "scripts": {
        "build": "tsc"
    },`, `    "main": "bin/index.js",
    "types": "bin/index.d.ts",
    "files": [
        "bin"
    ],
    "scripts": {
        "build": "tsc && node -e \"fs.copyFileSync('package.json', 'bin/package.json')\"",
        "prepare": "npm run build"
    },`)
}

// replaceOnce puts a text in the place of another, which must be there once.
func replaceOnce(made files, name, old, with string) error {
	text := string(made[name])
	if n := strings.Count(text, old); n != 1 {
		return fmt.Errorf("%s: %q is there %d times instead of once", name, old, n)
	}
	made[name] = []byte(strings.Replace(text, old, with, 1))
	return nil
}
