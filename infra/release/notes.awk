# Prints the section of one version of a changelog in the form of Keep a
# Changelog, without its heading: awk -v version=1.2.3 -f notes.awk CHANGELOG.md
/^## / { inside = index($0, "## [" version "]") == 1; next }
/^\[[^]]*\]: / { next }
inside { text = text $0 "\n" }
END {
	gsub(/^\n+|\n+$/, "", text)
	if (text == "") exit 1
	print text
}
