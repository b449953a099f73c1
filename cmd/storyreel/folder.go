package main

import (
	"log/slog"
	"os"
)

// privateFolder makes the folder, or takes one that exists from other users. A
// folder that is shared by its nature, or not ours, only causes a warning.
func privateFolder(dir string, log *slog.Logger) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	if info.Mode()&os.ModeSticky != 0 || os.Chmod(dir, 0o700) != nil {
		log.Warn("other users can enter the data folder; give it to this user alone", "folder", dir)
	} else {
		log.Warn("other users could enter the data folder; its mode is now 0700", "folder", dir)
	}
	return nil
}
