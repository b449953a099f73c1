// Package smtp hands mails to an SMTP server.
package smtp

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"github.com/storyreel/storyreel/internal/fault"
	"github.com/storyreel/storyreel/internal/mail"
)

// Options say where mails go and who sends them.
type Options struct {
	// Server is smtp://user:password@host:587, in which the connection is
	// encrypted by STARTTLS, or smtps://user:password@host:465. The parameter tls
	// of smtp is required, opportunistic or none; by default required, and none for
	// a server on this machine. A password goes to other machines encrypted only.
	Server  string
	From    string // Name <address>
	ReplyTo string // the same; empty: as From
	Roots   *x509.CertPool
	Timeout time.Duration    // of each step that the server answers; 30 s when zero
	Now     func() time.Time // for the date of mails; the system's clock when nil
}

// Client is an SMTP server with at most one connection. It is for one goroutine.
type Client struct {
	opts          Options
	host, port    string
	user          *url.Userinfo
	implicit      bool // TLS from the first byte
	policy        gomail.TLSPolicy
	from, replyTo *netmail.Address
	domain        string // of the sender

	client *gomail.Client // nil: not connected
	mu     sync.Mutex
	conn   net.Conn // under mu, since the end of a context closes it
}

// New checks the options.
func New(o Options) (*Client, error) {
	o.Timeout = cmp.Or(o.Timeout, 2*time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{opts: o}
	if err := c.readServer(); err != nil {
		return nil, err
	}
	var err error
	if c.from, err = netmail.ParseAddress(o.From); err != nil {
		return nil, errors.New("the sender must look like Storyreel <stories@example.com>")
	}
	if o.ReplyTo != "" {
		if c.replyTo, err = netmail.ParseAddress(o.ReplyTo); err != nil {
			return nil, errors.New("the address for replies must look like Team <team@example.com>")
		}
	}
	c.domain = c.from.Address[strings.LastIndexByte(c.from.Address, '@')+1:]
	return c, nil
}

// readServer reads the address of the server. Errors do not hold it, since it
// may hold a password.
func (c *Client) readServer() error {
	u, err := url.Parse(c.opts.Server)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" ||
		strings.Trim(u.Path, "/") != "" {
		return errors.New("the server must look like smtp://user:password@mail.example.com:587 or smtps://…:465")
	}
	c.host, c.port, c.user, c.implicit = u.Hostname(), u.Port(), u.User, u.Scheme == "smtps"
	if c.port == "" {
		c.port = map[bool]string{false: "587", true: "465"}[c.implicit]
	}
	q := u.Query()
	mode := q.Get("tls")
	if q.Del("tls"); len(q) > 0 {
		return errors.New("the server's address can have the parameter tls only")
	}
	if mode == "" && loopback(c.host) {
		mode = "none"
	}
	policies := map[string]gomail.TLSPolicy{
		"": gomail.TLSMandatory, "required": gomail.TLSMandatory, "opportunistic": gomail.TLSOpportunistic,
		"none": gomail.NoTLS,
	}
	var known bool
	if c.policy, known = policies[mode]; !known {
		return errors.New("the parameter tls must be required, opportunistic or none")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// unavailable is the fault of a server that does not take mails now.
func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "mail.unavailable", "the mail server does not take mails now").Because(cause)
}

// Connect connects and signs in, unless there is a connection. It fails with
// Unavailable "mail.unavailable".
func (c *Client) Connect(ctx context.Context) error {
	if c.client != nil {
		return nil
	}
	client, err := c.build()
	if err != nil {
		return unavailable(err)
	}
	// go-mail leaves the connection open where a step after dialing fails
	defer c.bound(ctx)()
	if err := client.DialWithContext(ctx); err != nil {
		c.Close()
		return unavailable(err)
	}
	c.client = client
	return nil
}

func (c *Client) build() (*gomail.Client, error) {
	port, err := strconv.Atoi(c.port)
	if err != nil {
		return nil, err
	}
	options := []gomail.Option{
		gomail.WithPort(port), gomail.WithTimeout(c.opts.Timeout), gomail.WithTLSPolicy(c.policy),
		gomail.WithTLSConfig(c.tls()), gomail.WithHELO(c.helo()), gomail.WithDialContextFunc(c.dial),
	}
	if c.user != nil {
		password, _ := c.user.Password()
		options = append(
			options,
			gomail.WithUsername(c.user.Username()),
			gomail.WithPassword(password),
			gomail.WithOpportunisticSMTPAuth(
				gomail.SMTPAuthSCRAMSHA256,
				gomail.SMTPAuthSCRAMSHA1,
				gomail.SMTPAuthCramMD5,
				gomail.SMTPAuthPlain,
				gomail.SMTPAuthLogin,
			),
		)
	}
	return gomail.NewClient(c.host, options...)
}

// tls verifies the server, except where encryption is opportunistic: an attacker
// who could show a false certificate could also suppress STARTTLS.
func (c *Client) tls() *tls.Config {
	return &tls.Config{
		ServerName: c.host, MinVersion: tls.VersionTLS12, RootCAs: c.opts.Roots,
		InsecureSkipVerify: c.policy == gomail.TLSOpportunistic,
	}
}

// helo is the full name of this machine, or the sender's domain where it has none.
func (c *Client) helo() string {
	if name, err := os.Hostname(); err == nil && strings.Contains(name, ".") {
		return name
	}
	return c.domain
}

func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	dial := (&net.Dialer{}).DialContext
	if c.implicit {
		dial = (&tls.Dialer{Config: c.tls()}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conn = conn
	return conn, nil
}

// bound breaks the connection when ctx ends, until the returned function is
// called: go-mail waits for answers without a context.
func (c *Client) bound(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.conn != nil {
			_ = c.conn.Close() // what waits for it fails
		}
	})
}

// Close ends the connection, if there is one. It waits for no answer.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = c.conn.Write([]byte("QUIT\r\n")) // a courtesy
		_ = c.conn.Close()
	}
	c.client, c.conn = nil, nil
}

// Send hands a mail over, and connects before if needed. Invalid "mail.refused"
// means that the server never takes it, Unavailable "mail.unavailable" that it
// may later, or that nobody knows.
func (c *Client) Send(ctx context.Context, m mail.Message) error {
	msg, err := c.message(m)
	if err != nil {
		return refused(err)
	}
	if err := c.Connect(ctx); err != nil {
		return err
	}
	release := c.bound(ctx)
	err = c.client.Send(msg)
	release()
	if err == nil {
		return nil
	}
	failed, answered := errors.AsType[*gomail.SendError](err)
	if !answered || failed.ErrorCode() == 0 {
		c.Close() // the connection is in an unknown state
	}
	switch {
	case msg.IsDelivered(): // what failed came after it
		return nil
	case answered && final(failed):
		return refused(err)
	}
	return unavailable(err)
}

func refused(cause error) error {
	return fault.New(fault.Invalid, "mail.refused", "the mail server refuses this mail").Because(cause)
}

// final reports whether the server refused this recipient or message for good.
// A refusal of the sender or of missing credentials is a mistake of the
// settings, which would lose every mail until it is repaired.
func final(e *gomail.SendError) bool {
	settings := []int{421, 454, 530, 534, 535, 538}
	if e.ErrorCode() < 500 || slices.Contains(settings, e.ErrorCode()) {
		return false
	}
	switch e.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return true
	default:
		return false
	}
}

// message is m in the form of RFC 5322. It asks for no receipts, loads nothing
// from anywhere, and is marked so that no out-of-office answer follows.
func (c *Client) message(m mail.Message) (*gomail.Msg, error) {
	to, err := ascii(m.To)
	if err != nil {
		return nil, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.from)
	if err := msg.To(to); err != nil {
		return nil, err
	}
	if c.replyTo != nil {
		msg.ReplyToMailAddress(c.replyTo)
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.ID + "@" + c.domain)
	msg.SetDateWithValue(c.opts.Now())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if m.Stop != "" {
		msg.SetListUnsubscribe(m.Stop)
		if strings.HasPrefix(m.Stop, "https:") { // RFC 8058 asks for it
			msg.SetListUnsubscribePost()
		}
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	return msg, nil
}

// ascii is an address whose domain is spelled as the naming system has it.
func ascii(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return "", fmt.Errorf("%d bytes are no address", len(address))
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	return address[:at+1] + domain, err
}
