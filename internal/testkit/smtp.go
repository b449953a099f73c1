package testkit

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// SMTPOptions are what a mail server of a test does.
type SMTPOptions struct {
	User, Password string // needed to send; empty: anybody can
	TLS            bool   // offers STARTTLS, with a certificate of Roots
	Implicit       bool   // TLS from the first byte
	// Answer is called with each recipient, and with "" once the data have
	// arrived; an error is the answer. It may wait. nil: everything is taken.
	Answer func(recipient string) *smtp.SMTPError
	// Taken is called when a mail was taken and the client does not know it yet.
	// It may wait. nil: the client is answered.
	Taken func()
}

// SMTP is a mail server that keeps what it takes.
type SMTP struct {
	Address string // host:port
	Roots   *x509.CertPool
	PEM     []byte // the certificate of Roots

	opts        SMTPOptions
	mu          sync.Mutex
	taken       []ReceivedMail
	connections int
}

// ReceivedMail is a mail that the server took.
type ReceivedMail struct {
	From, To   string // of the envelope
	Header     netmail.Header
	Subject    string // decoded
	Text, HTML string
	TLS        bool // over an encrypted connection
}

// NewSMTP starts a mail server for this test.
func NewSMTP(t testing.TB, o SMTPOptions) *SMTP {
	t.Helper()
	s := &SMTP{opts: o}
	srv := smtp.NewServer(smtp.BackendFunc(s.session))
	srv.Domain, srv.AllowInsecureAuth, srv.EnableSMTPUTF8 = "mail.test", true, true
	srv.ErrorLog = log.New(io.Discard, "", 0)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	requireNoError(t, "listen", err)
	s.Address = l.Addr().String()
	if o.TLS || o.Implicit {
		cert := s.certify(t)
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
		if o.Implicit {
			l = tls.NewListener(l, srv.TLSConfig)
		}
	}
	go func() { _ = srv.Serve(l) }()      // ends with Close
	t.Cleanup(func() { _ = srv.Close() }) // nothing is pending
	return s
}

// certify makes a certificate for 127.0.0.1.
func (s *SMTP) certify(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	requireNoError(t, "make a key", err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	requireNoError(t, "make a certificate", err)
	s.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.Roots = x509.NewCertPool()
	s.Roots.AppendCertsFromPEM(s.PEM)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Mails returns what the server took so far.
func (s *SMTP) Mails() []ReceivedMail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]ReceivedMail(nil), s.taken...)
}

// Connections returns how many connections there were.
func (s *SMTP) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

func (s *SMTP) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	_, encrypted := c.TLSConnectionState()
	return &smtpSession{server: s, encrypted: encrypted, known: s.opts.User == ""}, nil
}

// smtpSession is one connection; after STARTTLS another one follows.
type smtpSession struct {
	server           *SMTP
	encrypted, known bool
	from, to         string
}

// Reset implements smtp.Session.
func (x *smtpSession) Reset() { x.from, x.to = "", "" }

// Logout implements smtp.Session.
func (x *smtpSession) Logout() error { return nil }

// AuthMechanisms implements smtp.AuthSession.
func (x *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (x *smtpSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != x.server.opts.User || password != x.server.opts.Password {
			return errors.New("wrong credentials")
		}
		x.known = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (x *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if !x.known {
		return smtp.ErrAuthRequired
	}
	x.from = from
	return nil
}

func (x *smtpSession) answer(recipient string) error {
	if f := x.server.opts.Answer; f != nil {
		if err := f(recipient); err != nil {
			return err
		}
	}
	return nil
}

// Rcpt implements smtp.Session.
func (x *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.to = to
	return x.answer(to)
}

// Data implements smtp.Session.
func (x *smtpSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m := ReceivedMail{From: x.from, To: x.to, TLS: x.encrypted}
	if err := m.read(raw); err != nil {
		return &smtp.SMTPError{Code: 554, Message: err.Error()}
	}
	if err := x.answer(""); err != nil {
		return err
	}
	x.server.mu.Lock()
	x.server.taken = append(x.server.taken, m)
	x.server.mu.Unlock()
	if f := x.server.opts.Taken; f != nil {
		f()
	}
	return nil
}

// read decodes a message of two alternatives.
func (m *ReceivedMail) read(raw []byte) error {
	msg, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	m.Header = msg.Header
	if m.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return err
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			return err
		}
		switch text := string(b); {
		case strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain"):
			m.Text = strings.ReplaceAll(text, "\r\n", "\n")
		case strings.HasPrefix(p.Header.Get("Content-Type"), "text/html"):
			m.HTML = strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
}
