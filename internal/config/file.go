package config

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
)

// maxSecretFile bounds a file that holds a setting, in bytes.
const maxSecretFile = 64 << 10

// readFiles replaces NAME_FILE, for settings that may hold a credential, by
// NAME with the content of the file, as orchestrators mount secrets. Line ends
// at the end of the file do not count. No error repeats the content.
func readFiles(given map[string]string) []error {
	var errs []error
	each(&Config{}, func(name string, f reflect.StructField, _ reflect.Value) {
		path, ok := given[name+"_FILE"]
		if !ok || f.Tag.Get("secret") == "" {
			return
		}
		delete(given, name+"_FILE")
		if path == "" {
			return
		}
		if given[name] != "" {
			errs = append(errs, fmt.Errorf("%s_FILE: set either this or %s", name, name))
			return
		}
		text, err := readFile(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s_FILE: %w", name, err))
			return
		}
		given[name] = text
	})
	return errs
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(b), "\r\n")
	if text == "" || len(b) > maxSecretFile {
		return "", fmt.Errorf("must hold 1 byte to %d KiB", maxSecretFile>>10)
	}
	return text, nil
}
