// Package mediatest runs the pipeline over folders of real and of hostile
// files and compares what comes out with what the folders say is right:
//
//	CORPUS=DIR HOSTILE=DIR go test -tags media ./transcode/mediatest -count=1 -v
//
// CORPUS holds videos and a README.md with a table whose columns are called
// file and right result; HOSTILE holds files and an expected.json with the
// outcomes that are right for each.
package mediatest
