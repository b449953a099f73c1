// Package analysis computes findings from decoded data: brightness, black and
// frozen intervals, flashes, sharpness, poster and preview times, hashes of
// frames, loudness, and the shares of speech and music. Its functions take
// bytes and return numbers; they open no file and run nothing.
package analysis
