package media

import "time"

// Object is the metadata of a stored object.
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

// SignedRequest is a presigned request: whoever has it may send it to storage
// until ExpiresAt. Headers must be sent unchanged. The URL is a credential:
// never log it.
type SignedRequest struct {
	Method    string
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
	Part      int // part number, 0 for a single upload
}

// PartialUpload is a multipart upload that is not completed.
type PartialUpload struct {
	Key       string
	ID        string
	StartedAt time.Time
}
