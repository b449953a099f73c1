package store

import (
	"encoding/hex"
	"hash/fnv"
	"strings"
)

// uuidBytes returns the 16 bytes of a UUID in its canonical text form.
func uuidBytes(id string) ([]byte, bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return nil, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	return b, err == nil && len(b) == 16
}

// uuidText is the inverse of uuidBytes.
func uuidText(b []byte) string {
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// campaignHash stands for a campaign where rows are many and small. Two
// campaigns may share one, so whoever reads by it compares the id as well.
func campaignHash(id string) int32 {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int32(h.Sum32())
}
