package config

import (
	"errors"
	"strconv"
	"time"
)

// maxUnpurged is how long caches that nobody purges may keep published media.
const maxUnpurged = time.Hour

func (c *Config) checkCaching() (err error) {
	if c.MediaMaxAge < 0 || c.MediaMaxAge > maxUnpurged {
		err = errors.New("STORYREEL_MEDIA_MAX_AGE: must be from 0s to 1h, because nobody can purge a browser's cache")
	}
	if c.MediaCDNMaxAge < 0 || c.MediaCDNMaxAge > maxUnpurged && c.PurgeURL == "" {
		err = errors.Join(err, errors.New("STORYREEL_MEDIA_CDN_MAX_AGE: above 1h needs STORYREEL_PURGE_URL, "+
			"or withdrawn videos play on from the CDN"))
	}
	return err
}

// MediaCache returns the Cache-Control header of published media. It has no
// stale-while-revalidate: caches would play a removed video once more.
func (c *Config) MediaCache() string {
	text := "public, max-age=" + strconv.Itoa(int(c.MediaMaxAge.Seconds()))
	if c.MediaCDNMaxAge > 0 {
		text += ", s-maxage=" + strconv.Itoa(int(c.MediaCDNMaxAge.Seconds()))
	}
	return text
}
