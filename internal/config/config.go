// Package config reads the configuration: environment variables STORYREEL_*
// with defaults that make one machine work with none set. AWS credentials are
// not part of it: the SDK reads them.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"reflect"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Config is everything that can be configured. The tags are the
// documentation: `storyreel config --help` prints them, and a test compares
// the table of docs/operate/configure.md with them.
type Config struct {
	Listen                string        `env:"STORYREEL_LISTEN" default:"127.0.0.1:8080" help:"address the API and the pages listen on"`
	PublicURL             string        `env:"STORYREEL_PUBLIC_URL" help:"address by which browsers reach the pages; by default http:// and the listen address"`
	Data                  string        `env:"STORYREEL_DATA" default:"./data" help:"folder for everything kept on this machine"`
	DatabaseURL           string        `env:"STORYREEL_DATABASE_URL" secret:"true" help:"sqlite:PATH or postgres://…; by default SQLite in the data folder"`
	MigrateURL            string        `env:"STORYREEL_MIGRATE_URL" secret:"true" help:"address that 'migrate' uses, such as one of a role that may change the schema; by default STORYREEL_DATABASE_URL"`
	RedisURL              string        `env:"STORYREEL_REDIS_URL" secret:"true" help:"redis://…, rediss://… or unix:///…; 'up' starts its own when empty"`
	S3Endpoint            string        `env:"STORYREEL_S3_ENDPOINT" secret:"true" help:"S3 endpoint of anything but AWS; 'up' starts its own when this and the bucket are empty"`
	S3PublicEndpoint      string        `env:"STORYREEL_S3_PUBLIC_ENDPOINT" secret:"true" help:"address of the same S3 server for browsers, such as that of a proxy with TLS; by default STORYREEL_S3_ENDPOINT"`
	S3Addressing          string        `env:"STORYREEL_S3_ADDRESSING" default:"path" help:"where the bucket's name goes in addresses of STORYREEL_S3_ENDPOINT: path, or virtual for servers that take it in the host only"`
	S3Bucket              string        `env:"STORYREEL_S3_BUCKET" default:"storyreel" help:"bucket for uploads, review copies and published media"`
	S3Listen              string        `env:"STORYREEL_S3_LISTEN" default:"127.0.0.1:8081" help:"address of the S3 server that 'up' starts"`
	MediaURL              string        `env:"STORYREEL_MEDIA_URL" help:"base address of published media, such as a CDN's; by default the bucket's"`
	MediaMaxAge           time.Duration `env:"STORYREEL_MEDIA_MAX_AGE" default:"5m" help:"time that browsers, and caches without a time of their own, keep published media, at most 1h; a withdrawn video can play from them for so long"`
	MediaCDNMaxAge        time.Duration `env:"STORYREEL_MEDIA_CDN_MAX_AGE" default:"0s" help:"time that a CDN keeps published media, if another; above 1h only with STORYREEL_PURGE_URL"`
	PurgeURL              string        `env:"STORYREEL_PURGE_URL" secret:"all" help:"address of the request that makes a CDN drop removed media; several are separated by spaces; examples are at /docs/operate/configure#behind-a-cdn"`
	PurgeMethod           string        `env:"STORYREEL_PURGE_METHOD" default:"POST" help:"method of that request"`
	PurgeHeaders          string        `env:"STORYREEL_PURGE_HEADERS" secret:"all" help:"its headers, NAME: VALUE, separated by |"`
	PurgeBody             string        `env:"STORYREEL_PURGE_BODY" secret:"all" help:"its body"`
	Origins               []string      `env:"STORYREEL_ORIGINS" help:"web origins that may upload and play, separated by commas; the pages' own origin always may"`
	SongsURL              string        `env:"STORYREEL_SONGS_URL" secret:"true" help:"song catalog that answers GET ?q=WORDS&limit=N as /v1/songs does; by default a small one that is built in"`
	LinkHosts             []string      `env:"STORYREEL_LINK_HOSTS" default:"spotify.com,music.apple.com,youtube.com,youtu.be,deezer.com,tidal.com,soundcloud.com,bandcamp.com,qobuz.com,music.amazon.com" help:"hosts, with those below them, that a contributor's link to a song may lead to besides the catalog's links; *: any host"`
	TrustedProxies        []string      `env:"STORYREEL_TRUSTED_PROXIES" help:"networks and addresses of reverse proxies that are trusted to name the client, separated by commas"`
	ProxyHeader           string        `env:"STORYREEL_PROXY_HEADER" default:"X-Forwarded-For" help:"the one header by which they name it: X-Forwarded-For, Forwarded or X-Real-IP; the others are ignored"`
	Sandbox               string        `env:"STORYREEL_SANDBOX" default:"auto" help:"require: refuse to start unless ffmpeg can be fully confined; auto: confine as far as this system allows"`
	ReviewWorkers         int           `env:"STORYREEL_REVIEW_WORKERS" default:"2" help:"review copies made at a time by one process, and as many first sets of approved stories; 0: other processes make them"`
	PublishWorkers        int           `env:"STORYREEL_PUBLISH_WORKERS" default:"1" help:"ladders made at a time by one process; 0: other processes make them"`
	Encoder               string        `env:"STORYREEL_ENCODER" default:"software" help:"video encoder of published renditions: software, auto (hardware where it works), nvenc, vaapi or videotoolbox"`
	Ladder                string        `env:"STORYREEL_LADDER" default:"always" help:"which published stories get a ladder: always, or watched: those that somebody plays, selected or shortlisted ones, and those whose review copy has a high bit rate"`
	Quality               string        `env:"STORYREEL_QUALITY" default:"standard" help:"standard, or high: published renditions look better for twice the CPU and a sixth more bytes; in software only"`
	AV1                   bool          `env:"STORYREEL_AV1" default:"false" help:"publish one more rendition in AV1, a third smaller, for as much CPU as all others together; in software only"`
	Scratch               string        `env:"STORYREEL_SCRATCH" help:"folder for files of running jobs; by default in the data folder"`
	ScratchFree           int           `env:"STORYREEL_SCRATCH_FREE" default:"67108864" help:"free bytes of the scratch disk below which a worker takes no work, at most a quarter of the disk; a job must find room for its own files besides"`
	Shutdown              time.Duration `env:"STORYREEL_SHUTDOWN" default:"20s" help:"time that running requests and jobs get when stopping"`
	Drain                 time.Duration `env:"STORYREEL_DRAIN" default:"3s" help:"time before that in which 'serve' still takes requests, while /readyz says that it is not ready; longer than the pause between a load balancer's looks at it"`
	BeginsPerHour         int           `env:"STORYREEL_BEGINS_PER_HOUR" default:"60" help:"stories one address may begin per hour, and files it may replace"`
	BytesPerHour          int           `env:"STORYREEL_BYTES_PER_HOUR" default:"21474836480" help:"bytes one address may announce for upload per hour"`
	ReplacementsPerStory  int           `env:"STORYREEL_REPLACEMENTS_PER_STORY" default:"10" help:"times the file of one story may be replaced"`
	ResubmissionsPerStory int           `env:"STORYREEL_RESUBMISSIONS_PER_STORY" default:"3" help:"of these, times after a rejection"`
	StreamsPerAddress     int           `env:"STORYREEL_STREAMS_PER_ADDRESS" default:"100" help:"event streams one address may have open at a time in one process"`
	Streams               int           `env:"STORYREEL_STREAMS" default:"2000" help:"event streams one process serves at a time"`
	PublicConns           int           `env:"STORYREEL_PUBLIC_CONNECTIONS" default:"8" help:"database connections of one process for the feed and for reads by key; further requests wait"`
	PublicTimeout         time.Duration `env:"STORYREEL_PUBLIC_TIMEOUT" default:"5s" help:"time after which such a read is cancelled and answered with 503"`
	StaffConns            int           `env:"STORYREEL_STAFF_CONNECTIONS" default:"4" help:"database connections for lists, searches and reports of staff"`
	StaffTimeout          time.Duration `env:"STORYREEL_STAFF_TIMEOUT" default:"10s" help:"time after which such a read is cancelled and answered with 503"`
	WriteConns            int           `env:"STORYREEL_WRITE_CONNECTIONS" default:"8" help:"database connections for changes; SQLite has one"`
	WriteTimeout          time.Duration `env:"STORYREEL_WRITE_TIMEOUT" default:"30s" help:"time after which a change is rolled back and answered with 503"`
	Lease                 time.Duration `env:"STORYREEL_LEASE" default:"15s" help:"a worker that sent no heartbeat for this long counts as lost"`
	SweepEvery            time.Duration `env:"STORYREEL_SWEEP_EVERY" default:"5s" help:"pause between sweeps for lost work"`
	Redispatch            time.Duration `env:"STORYREEL_REDISPATCH" default:"60s" help:"time after which announced work that has not started is announced again"`
	WebhookNetworks       []string      `env:"STORYREEL_WEBHOOK_NETWORKS" help:"networks besides the public ones that webhooks may reach, such as 10.0.0.0/8, separated by commas; only there their addresses may be http"`
	MetricsListen         string        `env:"STORYREEL_METRICS_LISTEN" help:"address of a private network on which 'serve' and 'work' serve /metrics, /healthz, /readyz and /debug/pprof/ without a key; empty: no such listener. 'serve' has /metrics for administrators' keys besides"`
	SessionLife           time.Duration `env:"STORYREEL_SESSION_LIFETIME" default:"12h" help:"time after which a sign-in ends, however busy; at most 24h"`
	SessionIdle           time.Duration `env:"STORYREEL_SESSION_IDLE" default:"1h" help:"time without a request after which a sign-in ends; from 5m to the lifetime"`
	LinkLife              time.Duration `env:"STORYREEL_LINK_LIFETIME" default:"10m" help:"time that an unused sign-in link works; from 10m to 60m"`
	KeyLife               time.Duration `env:"STORYREEL_KEY_LIFETIME" default:"8760h" help:"longest time that an API key works, and what a new one gets; at most 8760h, a year"`
	Passwords             bool          `env:"STORYREEL_PASSWORDS" default:"true" help:"false: nobody signs in with a password, only with the provider of STORYREEL_OIDC_ISSUER or a link"`
	OIDCIssuer            string        `env:"STORYREEL_OIDC_ISSUER" help:"address of an OpenID Connect provider by which staff sign in; it sends browsers back to /sign-in"`
	OIDCClientID          string        `env:"STORYREEL_OIDC_CLIENT_ID" help:"this service's client id there"`
	OIDCClientSecret      string        `env:"STORYREEL_OIDC_CLIENT_SECRET" secret:"all" help:"its secret; empty for a public client"`
	OIDCName              string        `env:"STORYREEL_OIDC_NAME" default:"single sign-on" help:"what the button calls the provider"`
	OIDCScopes            []string      `env:"STORYREEL_OIDC_SCOPES" default:"openid,email,profile" help:"scopes that are asked for"`
	OIDCGroupsClaim       string        `env:"STORYREEL_OIDC_GROUPS_CLAIM" default:"groups" help:"claim that lists a person's groups; dots lead into objects: realm_access.roles"`
	OIDCGroups            []string      `env:"STORYREEL_OIDC_GROUPS" help:"GROUP=ROLE, separated by commas: who is in a group gets the role at each sign-in and needs no account before; empty: roles are given here, to accounts that administrators made"`
	SMTPURL               string        `env:"STORYREEL_SMTP_URL" secret:"true" help:"mail server: smtp://user:password@host:587 with STARTTLS, or smtps://user:password@host:465; ?tls=opportunistic or ?tls=none without a verified encryption, as is the default for this machine; empty: no mails. Only 'serve' and 'up' send"`
	MailFrom              string        `env:"STORYREEL_MAIL_FROM" help:"sender of mails: an address, or a name and the address in angle brackets"`
	MailReplyTo           string        `env:"STORYREEL_MAIL_REPLY_TO" help:"where answers to mails go; empty: to the sender"`
	MailRate              int           `env:"STORYREEL_MAIL_RATE" default:"10" help:"mails that one process sends in a second at most"`
	AuditKeep             time.Duration `env:"STORYREEL_AUDIT_KEEP" default:"8760h" help:"time that lines of the audit trail are kept; at least 720h, 30 days"`
	AuditEvery            time.Duration `env:"STORYREEL_AUDIT_EVERY" default:"24h" help:"time between two audits, of which each compares all stories with their histories and objects; one of the processes with workers makes them; 0: none"`
	KeepExpired           time.Duration `env:"STORYREEL_KEEP_EXPIRED" default:"168h" help:"time that an abandoned submission is kept; 0 in this and the next settings: until it is withdrawn"`
	KeepFailed            time.Duration `env:"STORYREEL_KEEP_FAILED" default:"720h" help:"time that a story whose file failed is kept"`
	KeepRejected          time.Duration `env:"STORYREEL_KEEP_REJECTED" default:"2160h" help:"time that a rejected story is kept"`
	KeepHidden            time.Duration `env:"STORYREEL_KEEP_HIDDEN" default:"4392h" help:"time that a hidden story is kept; by default the six months in which decisions can be contested in the EU"`
	KeepUndecided         time.Duration `env:"STORYREEL_KEEP_UNDECIDED" default:"4320h" help:"time that a story waits for a decision before it is erased"`
	KeepPublished         time.Duration `env:"STORYREEL_KEEP_PUBLISHED" default:"17520h" help:"time after the campaign's end that published stories are kept"`
	KeepSource            time.Duration `env:"STORYREEL_KEEP_SOURCE" default:"2160h" help:"time after the campaign's end that the file as sent is kept of published stories that are neither shortlisted nor selected"`
	KeepAddress           time.Duration `env:"STORYREEL_KEEP_ADDRESS" default:"720h" help:"time after which the network address of a release is cut to its network"`
	KeepNotice            time.Duration `env:"STORYREEL_KEEP_NOTICE" default:"4392h" help:"time after the decision that a visitor's report about a video is kept; by default the six months in which decisions can be contested in the EU"`
	KeepTombstone         time.Duration `env:"STORYREEL_KEEP_TOMBSTONE" default:"26280h" help:"time that the evidence of an erased story is kept: its release, history and erasure"`
	LogFormat             string        `env:"STORYREEL_LOG_FORMAT" default:"text" help:"text or json"`
	LogLevel              string        `env:"STORYREEL_LOG_LEVEL" default:"info" help:"debug, info, warn or error"`
}

// Variable is one setting as it is shown to an operator.
type Variable struct {
	Name, Help, Default string
	Value               string // effective, as Redact shows it
	Secret              bool   // may hold a credential, so NAME_FILE may name a file with it
}

// Settings lists every setting without a value, in the order of Config.
func Settings() []Variable {
	var out []Variable
	each(&Config{}, func(name string, f reflect.StructField, _ reflect.Value) { out = append(out, describe(name, f)) })
	return out
}

func describe(name string, f reflect.StructField) Variable {
	return Variable{
		Name: name, Help: f.Tag.Get("help"), Default: f.Tag.Get("default"), Secret: f.Tag.Get("secret") != "",
	}
}

// Load parses KEY=VALUE pairs such as those of os.Environ. The error names every
// mistake: unknown STORYREEL_ names, invalid values and contradictions.
func Load(environ []string) (Config, error) {
	given := map[string]string{}
	for _, kv := range environ {
		if k, v, _ := strings.Cut(kv, "="); ours(k) {
			given[k] = v
		}
	}
	var c Config
	errs := readFiles(given)
	each(&c, func(name string, f reflect.StructField, v reflect.Value) {
		text, ok := given[name]
		delete(given, name)
		if !ok || text == "" {
			text = f.Tag.Get("default")
		}
		if err := set(v, text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	})
	unknown := make([]string, 0, len(given))
	for k := range given {
		unknown = append(unknown, k)
	}
	sort.Strings(unknown)
	for _, k := range unknown {
		errs = append(errs, fmt.Errorf("%s: no such setting; `storyreel config` lists them", k))
	}
	if len(errs) == 0 {
		errs = append(errs, c.complete())
	}
	return c, errors.Join(errs...)
}

// ours reports whether the variable must be a setting. Variables between our
// own processes, and those of tests, have the same prefix.
func ours(name string) bool {
	return strings.HasPrefix(name, "STORYREEL_") && !strings.HasPrefix(name, "STORYREEL_INTERNAL_") &&
		!strings.HasPrefix(name, "STORYREEL_TEST_")
}

// complete sets the defaults that depend on other settings, and checks all.
func (c *Config) complete() (err error) {
	if c.Data, err = filepath.Abs(c.Data); err != nil {
		return fmt.Errorf("STORYREEL_DATA: %w", err)
	}
	if c.Scratch == "" {
		c.Scratch = filepath.Join(c.Data, "scratch")
	}
	if c.DatabaseURL == "" {
		c.DatabaseURL = "sqlite:" + filepath.Join(c.Data, "storyreel.db")
	}
	if c.MigrateURL == "" {
		c.MigrateURL = c.DatabaseURL
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Listen
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" {
		return errors.New("STORYREEL_PUBLIC_URL: must look like https://stories.example.com")
	}
	return errors.Join(c.checkChoices(), c.checkNetworks(), c.checkNumbers(), c.checkSignIn())
}

// checkChoices checks settings that take one of a few values.
func (c *Config) checkChoices() (err error) {
	oneOf := func(name, v string, allowed ...string) {
		for _, a := range allowed {
			if v == a {
				return
			}
		}
		err = errors.Join(err, fmt.Errorf("%s: must be one of %s", name, strings.Join(allowed, ", ")))
	}
	oneOf("STORYREEL_S3_ADDRESSING", c.S3Addressing, "path", "virtual")
	oneOf("STORYREEL_PROXY_HEADER", c.ProxyHeader, "X-Forwarded-For", "Forwarded", "X-Real-IP")
	oneOf("STORYREEL_SANDBOX", c.Sandbox, "auto", "require")
	oneOf("STORYREEL_ENCODER", c.Encoder, "software", "auto", "nvenc", "vaapi", "videotoolbox")
	oneOf("STORYREEL_QUALITY", c.Quality, "standard", "high")
	oneOf("STORYREEL_LADDER", c.Ladder, "always", "watched")
	if c.Encoder != "software" && (c.Quality != "standard" || c.AV1) {
		err = errors.Join(err, errors.New("STORYREEL_ENCODER: high quality and AV1 are encoded in software only"))
	}
	oneOf("STORYREEL_LOG_FORMAT", c.LogFormat, "text", "json")
	oneOf("STORYREEL_LOG_LEVEL", c.LogLevel, "debug", "info", "warn", "error")
	return err
}

func (c *Config) checkNetworks() (err error) {
	for name, networks := range map[string][]string{
		"STORYREEL_TRUSTED_PROXIES": c.TrustedProxies, "STORYREEL_WEBHOOK_NETWORKS": c.WebhookNetworks,
	} {
		for _, n := range networks {
			if _, ok := prefix(n); !ok {
				err = errors.Join(err,
					fmt.Errorf("%s: %q is neither a network such as 10.0.0.0/8 nor an address", name, n))
			}
		}
	}
	return err
}

// prefix is a network, or the one that a single address is.
func prefix(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p, true
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

// WebhookPrefixes returns the networks that webhooks may reach besides the
// public ones.
func (c *Config) WebhookPrefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, n := range c.WebhookNetworks {
		if p, ok := prefix(n); ok {
			out = append(out, p)
		}
	}
	return out
}

func (c *Config) checkNumbers() (err error) {
	err = errors.Join(err, c.checkCaching())
	for name, n := range map[string]int{
		"STORYREEL_SCRATCH_FREE":    c.ScratchFree,
		"STORYREEL_BEGINS_PER_HOUR": c.BeginsPerHour, "STORYREEL_BYTES_PER_HOUR": c.BytesPerHour,
		"STORYREEL_REPLACEMENTS_PER_STORY":  c.ReplacementsPerStory,
		"STORYREEL_RESUBMISSIONS_PER_STORY": c.ResubmissionsPerStory,
		"STORYREEL_STREAMS_PER_ADDRESS":     c.StreamsPerAddress, "STORYREEL_STREAMS": c.Streams,
		"STORYREEL_PUBLIC_CONNECTIONS": c.PublicConns, "STORYREEL_STAFF_CONNECTIONS": c.StaffConns,
		"STORYREEL_WRITE_CONNECTIONS": c.WriteConns, "STORYREEL_MAIL_RATE": c.MailRate,
	} {
		if n < 1 {
			err = errors.Join(err, fmt.Errorf("%s: must be at least 1", name))
		}
	}
	for _, v := range c.Variables() {
		notNegative := strings.HasPrefix(v.Name, "STORYREEL_KEEP_") || strings.HasSuffix(v.Name, "_WORKERS")
		if notNegative && strings.HasPrefix(v.Value, "-") {
			err = errors.Join(err, fmt.Errorf("%s: must not be negative", v.Name))
		}
	}
	for name, d := range map[string]time.Duration{
		"STORYREEL_LEASE": c.Lease, "STORYREEL_SWEEP_EVERY": c.SweepEvery, "STORYREEL_REDISPATCH": c.Redispatch,
		"STORYREEL_SHUTDOWN": c.Shutdown, "STORYREEL_PUBLIC_TIMEOUT": c.PublicTimeout,
		"STORYREEL_STAFF_TIMEOUT": c.StaffTimeout, "STORYREEL_WRITE_TIMEOUT": c.WriteTimeout,
	} {
		if d < 100*time.Millisecond {
			err = errors.Join(err, fmt.Errorf("%s: must be at least 100ms", name))
		}
	}
	if c.SMTPURL != "" && c.MailFrom == "" {
		err = errors.Join(err, errors.New("STORYREEL_MAIL_FROM: is needed with STORYREEL_SMTP_URL"))
	}
	if c.AuditEvery < 0 {
		err = errors.Join(err, errors.New("STORYREEL_AUDIT_EVERY: must not be negative"))
	}
	if c.Drain < 0 || c.Drain > time.Minute {
		err = errors.Join(err, errors.New("STORYREEL_DRAIN: must be from 0s to 1m"))
	}
	return errors.Join(err, c.checkPeriods())
}

// checkPeriods holds the periods of accounts to what their policy allows.
func (c *Config) checkPeriods() error {
	var err error
	for _, x := range []struct {
		name           string
		v, least, most time.Duration
	}{
		{"STORYREEL_SESSION_LIFETIME", c.SessionLife, 5 * time.Minute, 24 * time.Hour},
		{"STORYREEL_SESSION_IDLE", c.SessionIdle, 5 * time.Minute, c.SessionLife},
		{"STORYREEL_LINK_LIFETIME", c.LinkLife, 10 * time.Minute, time.Hour},
		{"STORYREEL_KEY_LIFETIME", c.KeyLife, time.Hour, 365 * 24 * time.Hour},
		{"STORYREEL_AUDIT_KEEP", c.AuditKeep, 30 * 24 * time.Hour, 100 * 365 * 24 * time.Hour},
	} {
		if x.v < x.least || x.v > x.most {
			err = errors.Join(err, fmt.Errorf("%s: must be from %s to %s", x.name, x.least, x.most))
		}
	}
	return err
}

// Origin returns the scheme and host of the pages, as browsers send it.
func (c *Config) Origin() string {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return c.PublicURL
	}
	return u.Scheme + "://" + u.Host
}

// Variables lists every setting with its effective value, credentials masked.
func (c *Config) Variables() []Variable {
	var out []Variable
	each(c, func(name string, f reflect.StructField, v reflect.Value) {
		x := describe(name, f)
		switch val := v.Interface().(type) {
		case []string:
			x.Value = strings.Join(val, ",")
		default:
			x.Value = fmt.Sprint(val)
		}
		x.Value = Redact(x.Value)
		if f.Tag.Get("secret") == "all" && x.Value != "" {
			x.Value = "***"
		}
		out = append(out, x)
	})
	return out
}

func each(c *Config, do func(name string, f reflect.StructField, v reflect.Value)) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		do(f.Tag.Get("env"), f, v.Field(i))
	}
}

func set(v reflect.Value, text string) error {
	switch p := v.Addr().Interface().(type) {
	case *string:
		*p = text
	case *[]string:
		for _, s := range strings.Split(text, ",") {
			if s = strings.TrimSpace(s); s != "" {
				*p = append(*p, s)
			}
		}
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*p = n
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*p = b
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 20s or 5m", text)
		}
		*p = d
	default:
		panic(fmt.Sprintf("config: no way to read a %s", v.Type()))
	}
	return nil
}

// Cores returns the number of encoder threads for one job: all CPUs, divided by
// the number of concurrent ladders if this process makes any.
func (c *Config) Cores() int { return max(1, runtime.NumCPU()/max(1, c.PublishWorkers)) }
