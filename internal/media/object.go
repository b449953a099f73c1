package media

import "time"

// Object is what storage knows of one stored object.
type Object struct {
	Key         string
	Bytes       int64
	ETag        string // without quotes
	ContentType string
	ModifiedAt  time.Time
}

// Part is one stored part of a multipart upload. Numbers start at 1.
type Part struct {
	Number int    `json:"number"`
	Bytes  int64  `json:"bytes"`
	ETag   string `json:"-"`
}

// Signed is a request that its holder may send to storage without any other
// credential until ExpiresAt. Headers must be sent as they are; the URL is a
// password and never logged.
type Signed struct {
	Method    string
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
	Part      int // part number, 0 for a single upload
}

// PartialUpload is a multipart upload that nobody has completed yet.
type PartialUpload struct {
	Key       string
	ID        string
	StartedAt time.Time
}
