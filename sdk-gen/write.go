package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// built are the folders that the languages' tools make inside an SDK. They are left alone.
var built = []string{"node_modules", "bin", "obj", "build", "dist", "target", "__pycache__"}

// write makes a folder hold exactly these files, apart from what is built there.
func write(folder string, wanted files) error {
	if err := removeOthers(folder, wanted); err != nil {
		return err
	}
	for name, content := range wanted {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// removeOthers removes what an earlier schema made and this one does not.
func removeOthers(folder string, wanted files) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return nil // The folder itself, the first time.
		case err != nil:
			return err
		case entry.IsDir() && (slices.Contains(built, entry.Name()) || filepath.Ext(path) == ".egg-info"):
			return filepath.SkipDir
		case entry.IsDir():
			return nil
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if _, ok := wanted[filepath.ToSlash(name)]; ok {
			return nil
		}
		return os.Remove(path)
	})
}
