package sandbox

// cleanEnv returns the whole environment of a sandboxed program. It holds
// none of our settings, keys or host names.
func cleanEnv() []string {
	return []string{
		"PATH=/usr/bin:/bin",
		"HOME=/nonexistent",
		"LC_ALL=C", // the same number format and messages on every machine
		// glibc reserves 64 MB of address space per arena and creates up to
		// eight arenas per core; with many cores that alone reaches RLIMIT_AS.
		"MALLOC_ARENA_MAX=4",
	}
}
