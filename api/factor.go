package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image/png"
	"time"

	"github.com/storyreel/storyreel/internal/fault"
)

// codeSize is the edge of the code that an app scans, in pixels.
const codeSize = 240

type factorView struct {
	Enabled      bool       `json:"enabled" doc:"Whether a code is asked for at sign-in."`
	Since        *time.Time `json:"since,omitempty"`
	RecoveryLeft int        `json:"recovery_left" doc:"Recovery codes that were not used."`
}

type newFactorInput struct {
	Body struct {
		Current string `json:"current,omitempty" maxLength:"256" doc:"Password; not needed within 15 minutes after a sign-in by link."`
	}
}

type newFactorView struct {
	Secret  string `json:"secret" doc:"Base32, for an app that cannot scan."`
	Address string `json:"address" doc:"otpauth://…, which opens an app on the same device."`
	Image   string `json:"image" doc:"The address as a QR code: a data: URL of a PNG."`
}

type factorCodeInput struct {
	Body struct {
		Code string `json:"code" minLength:"1" maxLength:"40"`
	}
}

type recoveryView struct {
	Codes []string `json:"codes" doc:"Each signs in once in place of a code. Shown only here."`
}

func (s *server) factorRoutes() {
	handle(s, staff, op("get-factor", "GET /v1/sessions/me/factor", "sessions", "One's second factor").
		fails(conflict), s.getFactor)
	handle(s, staff, op("create-factor", "POST /v1/sessions/me/factor", "sessions", "Set up an authenticator app").
		about("Codes of RFC 6238. It is in force once confirm-factor has its first code.").created().
		fails(conflict, tooMany).audited("factor.begun"), s.createFactor)
	handle(s, staff, op("confirm-factor", "PUT /v1/sessions/me/factor", "sessions", "Confirm an authenticator app").
		about("Answers with recovery codes and ends the caller's other sessions.").
		fails(notFound, conflict, tooMany).audited("factor.confirmed"), s.confirmFactor)
	handle(s, staff, op("remove-factor", "POST /v1/sessions/me/factor/removal", "sessions",
		"Remove one's authenticator app").about("By a code of it, or a recovery code.").noContent().
		fails(notFound, conflict, tooMany).audited("factor.removed"), s.removeFactor)
	handle(s, admins, op("reset-factor", "DELETE /v1/admin/users/{user}/factor", "admin",
		"Remove a user's authenticator app").about("For a lost phone. Ends the user's sessions and links.").
		noContent().fails(notFound).audited("factor.reset"), s.resetFactor)
}

// getFactor answers with what the account page shows.
func (s *server) getFactor(ctx context.Context, _ *none) (*body[factorView], error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	f, err := s.Accounts.Factor(ctx, p.ID)
	if fault.KindOf(err) == fault.NotFound {
		return bodyOf(factorView{}), nil
	}
	if err != nil {
		return nil, err
	}
	return bodyOf(factorView{true, &f.Since, len(f.Recovery)}), nil
}

// createFactor answers with a new key, as text and as a QR code.
func (s *server) createFactor(ctx context.Context, in *newFactorInput) (*body[newFactorView], error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(p.ID)
	key, err := s.Accounts.NewFactor(ctx, callerOf(ctx).session, in.Body.Current)
	if err != nil {
		return nil, err
	}
	code, err := key.Image(codeSize, codeSize)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, code); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return bodyOf(newFactorView{
		key.Secret(), key.URL(), "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()),
	}), nil
}

// confirmFactor puts the key of createFactor into force.
func (s *server) confirmFactor(ctx context.Context, in *factorCodeInput) (*body[recoveryView], error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(p.ID)
	codes, err := s.Accounts.ConfirmFactor(ctx, callerOf(ctx).session, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return bodyOf(recoveryView{codes}), nil
}

// removeFactor ends asking the caller for codes.
func (s *server) removeFactor(ctx context.Context, in *factorCodeInput) (*none, error) {
	p, err := signedIn(ctx)
	if err != nil {
		return nil, err
	}
	callerOf(ctx).about(p.ID)
	return nil, s.Accounts.RemoveFactor(ctx, callerOf(ctx).session, in.Body.Code)
}

// resetFactor ends asking a user for codes.
func (s *server) resetFactor(ctx context.Context, in *UserPath) (*none, error) {
	u, err := s.Accounts.ResetFactor(ctx, in.User)
	if err == nil {
		callerOf(ctx).about(u.ID)
	}
	return nil, err
}
