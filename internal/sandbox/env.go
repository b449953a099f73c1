package sandbox

// cleanEnv is all that a program behind the walls learns of its
// surroundings: none of our settings, keys or names.
func cleanEnv() []string {
	return []string{
		"PATH=/usr/bin:/bin",
		"HOME=/nonexistent",
		"LC_ALL=C", // numbers and messages read the same everywhere
		// glibc reserves 64 MB of address space per arena and makes up to
		// eight arenas a core; on a big machine that alone meets RLIMIT_AS.
		"MALLOC_ARENA_MAX=4",
	}
}
