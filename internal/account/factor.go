package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/storyreel/storyreel/internal/fault"
)

// Codes of the second factor are those of RFC 6238 that every authenticator
// app makes: SHA-1, six digits, 30 seconds.
const (
	codeStep      = 30 * time.Second
	codeSkew      = 1  // steps before and after the present one
	recoveryCodes = 10 // of a factor
	recoveryBytes = 10 // random bytes of one
)

// Factor is a user's authenticator app.
type Factor struct {
	User     string
	Secret   string    // base32
	Since    time.Time // zero: its first code is awaited
	LastStep int64     // of the last code that was accepted; a code works once
	Recovery []string  // SHA-256 of the recovery codes that are left, hex
}

var (
	errCodeNeeded = fault.New(fault.Unauthorized, "auth.code_needed",
		"give the code that your authenticator app shows, or one of your recovery codes")
	errCode = fault.New(fault.Unauthorized, "auth.code", "that code is not valid now; wait for the next one")
)

// ErrNoFactor and ErrFactorExists are what stores and the Service answer.
var (
	ErrNoFactor     = fault.New(fault.NotFound, "factor.unknown", "there is no authenticator app for this account")
	ErrFactorExists = fault.New(fault.Conflict, "factor.exists",
		"this account has an authenticator app; remove it first")
)

// Factor returns the user's second factor; ErrNoFactor for none and for one
// that was not confirmed.
func (s *Service) Factor(ctx context.Context, user string) (*Factor, error) {
	f, err := s.store.Factor(ctx, user)
	if err == nil && f.Since.IsZero() {
		err = ErrNoFactor
	}
	return f, err
}

// NewFactor begins to set up an authenticator app for the session's user and
// returns its key. It counts from ConfirmFactor on. The current password is
// needed as for ChangePassword; one that is in use is Conflict "factor.exists".
func (s *Service) NewFactor(ctx context.Context, token, current string) (*otp.Key, error) {
	sess, u, err := s.session(ctx, token)
	if err != nil {
		return nil, err
	}
	if err := s.assure(ctx, sess, u, current); err != nil {
		return nil, err
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Storyreel", AccountName: u.Email})
	if err != nil {
		return nil, err
	}
	return key, s.store.CreateFactor(ctx, &Factor{User: u.ID, Secret: key.Secret()})
}

// ConfirmFactor puts the factor into force by its first code, ends the user's
// other sessions, and returns the recovery codes, which are shown only here.
func (s *Service) ConfirmFactor(ctx context.Context, token, code string) ([]string, error) {
	sess, u, err := s.session(ctx, token)
	if err != nil {
		return nil, err
	}
	f, err := s.store.Factor(ctx, u.ID)
	if err != nil {
		return nil, err
	}
	if !f.Since.IsZero() {
		return nil, ErrFactorExists
	}
	codes := make([]string, recoveryCodes)
	err = s.counted(ctx, u.Email, func() error {
		next := *f
		if next.LastStep = s.stepOf(f, code); next.LastStep == 0 {
			return errCode
		}
		for i := range codes {
			codes[i] = newRecoveryCode()
			next.Recovery = append(next.Recovery, HashToken(codes[i]))
		}
		next.Since = s.now()
		return s.spend(ctx, f, &next)
	})
	if err != nil {
		return nil, err
	}
	return codes, s.store.DeleteOtherSessions(ctx, u.ID, sess.Hash)
}

// RemoveFactor removes the session's user's factor, by one of its codes.
func (s *Service) RemoveFactor(ctx context.Context, token, code string) error {
	_, u, err := s.session(ctx, token)
	if err != nil {
		return err
	}
	f, err := s.Factor(ctx, u.ID)
	if err != nil {
		return err
	}
	if err := s.counted(ctx, u.Email, func() error { return s.accept(ctx, f, code) }); err != nil {
		return err
	}
	return s.store.DeleteFactor(ctx, u.ID)
}

// ResetFactor removes a user's factor, such as that of a lost phone, and ends
// the user's sessions and links.
func (s *Service) ResetFactor(ctx context.Context, idOrEmail string) (*User, error) {
	u, err := s.store.User(ctx, idOrEmail)
	if err != nil {
		return nil, err
	}
	if err := s.store.DeleteFactor(ctx, u.ID); err != nil {
		return nil, err
	}
	_, err = s.EndSessions(ctx, u.ID)
	return u, err
}

// prove asks for the second factor of a user who has one. Errors are
// Unauthorized "auth.code_needed" and "auth.code".
func (s *Service) prove(ctx context.Context, u *User, code string) error {
	switch {
	case !u.HasFactor:
		return nil
	case strings.TrimSpace(code) == "":
		return errCodeNeeded
	}
	f, err := s.Factor(ctx, u.ID)
	if err != nil {
		return err
	}
	return s.accept(ctx, f, code)
}

// proveByLink is prove for who has a link instead of a password. Wrong codes
// count as wrong passwords do.
func (s *Service) proveByLink(ctx context.Context, u *User, code string) error {
	if strings.TrimSpace(code) == "" {
		return s.prove(ctx, u, "")
	}
	return s.counted(ctx, u.Email, func() error { return s.prove(ctx, u, code) })
}

// accept spends a code of the app, or a recovery code.
func (s *Service) accept(ctx context.Context, f *Factor, code string) error {
	next := *f
	if step := s.stepOf(f, code); step > 0 {
		next.LastStep = step
		return s.spend(ctx, f, &next)
	}
	hash := HashToken(normalRecovery(code))
	i := slices.IndexFunc(f.Recovery, func(h string) bool {
		return subtle.ConstantTimeCompare([]byte(h), []byte(hash)) == 1
	})
	if i < 0 {
		return errCode
	}
	next.Recovery = slices.Delete(slices.Clone(f.Recovery), i, i+1)
	return s.spend(ctx, f, &next)
}

// spend writes the factor unless a code was spent meanwhile: two sign-ins at
// once may have sent the same one.
func (s *Service) spend(ctx context.Context, old, next *Factor) error {
	done, err := s.store.ReplaceFactor(ctx, old, next)
	if err == nil && !done {
		err = errCode
	}
	return err
}

// stepOf returns the step of which the code is, later than that of the last
// code accepted; 0 for none.
func (s *Service) stepOf(f *Factor, code string) int64 {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := s.now().Unix() / int64(codeStep/time.Second)
	for step := now - codeSkew; step <= now+codeSkew; step++ {
		want, err := totp.GenerateCode(f.Secret, time.Unix(step*int64(codeStep/time.Second), 0))
		if err == nil && step > f.LastStep && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step
		}
	}
	return 0
}

// newRecoveryCode is 80 random bits as four groups of letters and digits.
func newRecoveryCode() string {
	b := make([]byte, recoveryBytes)
	rand.Read(b)
	text := strings.ToLower(base32.StdEncoding.EncodeToString(b))
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// normalRecovery is a recovery code as newRecoveryCode writes it, however it
// was typed.
func normalRecovery(code string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(code) {
		if r >= 'a' && r <= 'z' || r >= '2' && r <= '7' {
			if b.Len()%5 == 4 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}
