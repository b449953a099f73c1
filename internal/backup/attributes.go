package backup

import (
	"errors"
	"os"
	"strings"

	"github.com/pkg/xattr"
)

// userAttribute begins the names of attributes that programs set; the others
// are the system's.
const userAttribute = "user."

// attributes returns the extended attributes of an open file as PAX records;
// none on a file system without them.
func attributes(f *os.File) (map[string]string, error) {
	names, err := xattr.FList(f)
	if errors.Is(err, errors.ErrUnsupported) { // ENOTSUP
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	records := map[string]string{}
	for _, name := range names {
		if !strings.HasPrefix(name, userAttribute) {
			continue
		}
		value, err := xattr.FGet(f, name)
		if err != nil {
			return nil, err
		}
		records[xattrRecord+name] = string(value)
	}
	return records, nil
}

// setAttributes sets the extended attributes of PAX records.
func setAttributes(file string, records map[string]string) error {
	for record, value := range records {
		if name, ok := strings.CutPrefix(record, xattrRecord); ok && strings.HasPrefix(name, userAttribute) {
			if err := xattr.LSet(file, name, []byte(value)); err != nil {
				return err
			}
		}
	}
	return nil
}
