package text

import "regexp"

var emailPattern = regexp.MustCompile(`^[^@\s]{1,64}@[^@\s]{1,190}$`)

// LikeEmail reports whether a text has the outline of an e-mail address, with
// the lengths that RFC 5321 allows. Whether it takes mails only a mail shows.
func LikeEmail(s string) bool { return emailPattern.MatchString(s) }
