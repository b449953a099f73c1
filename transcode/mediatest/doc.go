// Package mediatest runs the pipeline over folders of real and of hostile
// files and compares the results with those that the folders state:
//
//	CORPUS=DIR HOSTILE=DIR go test -tags media ./transcode/mediatest -count=1 -v
//
// CORPUS contains videos and a README.md with a table that has the columns
// file and right result. HOSTILE contains files and an expected.json with the
// possible outcomes of each. With -tags zzuf, it damages videos at random.
package mediatest
