package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
	"golang.org/x/text/unicode/norm"

	"github.com/storyreel/storyreel/internal/fault"
)

// Bounds of a password, in characters after Unicode normalization (NFC).
const (
	MinPassword = 12
	MaxPassword = 256
)

// Parameters of argon2id: OWASP's recommendation for 19 MiB.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32 // bytes
	argonSalt    = 16 // bytes
)

// hashesAtOnce bounds the memory of concurrent sign-ins to 76 MiB.
const hashesAtOnce = 4

const argonPrefix = "$argon2id$"

var errHash = errors.New("a stored password hash cannot be read")

// hashing lets hashesAtOnce goroutines hash passwords.
var hashing = make(chan struct{}, hashesAtOnce)

func hashSlot(ctx context.Context) (free func(), err error) {
	select {
	case hashing <- struct{}{}:
		return func() { <-hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hashPassword returns the PHC string of argon2id, with the parameters in it.
func hashPassword(ctx context.Context, password string) (string, error) {
	free, err := hashSlot(ctx)
	if err != nil {
		return "", err
	}
	defer free()
	return newHash(password), nil
}

func newHash(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(norm.NFC.String(password)), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argonPrefix, argon2.Version, argonMemory, argonTime,
		argonThreads, base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// matches reports whether the password has the hash.
func matches(ctx context.Context, hash, password string) (bool, error) {
	free, err := hashSlot(ctx)
	if err != nil {
		return false, err
	}
	defer free()
	if outdated(hash) {
		return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil, nil
	}
	var version int
	var memory, time uint32
	var threads uint8
	fields := strings.Split(hash, "$") // "", argon2id, v=19, m=…,t=…,p=…, salt, key
	if len(fields) != 6 {
		return false, errHash
	}
	_, err = fmt.Sscanf(fields[2]+" "+fields[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &time, &threads)
	salt, saltErr := base64.RawStdEncoding.DecodeString(fields[4])
	want, keyErr := base64.RawStdEncoding.DecodeString(fields[5])
	if err := errors.Join(err, saltErr, keyErr); err != nil || version != argon2.Version {
		return false, errors.Join(errHash, err)
	}
	got := argon2.IDKey([]byte(norm.NFC.String(password)), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// outdated reports whether a hash is of bcrypt, which earlier versions used.
// It is replaced at the next sign-in with a password.
func outdated(hash string) bool { return !strings.HasPrefix(hash, argonPrefix) }

// absentHash is compared with when there is no user, at the same cost as a
// real one. Nobody knows its password.
var absentHash = sync.OnceValue(func() string { return newHash(NewToken()) })

// checkPassword holds a new password to the rules. words are what an attacker
// would try for this account: names of the product, its campaigns, the user.
func checkPassword(password string, words []string) error {
	n := utf8.RuneCountInString(norm.NFC.String(password))
	switch {
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		return fault.New(fault.Invalid, "user.password", "a password must be text")
	case n < MinPassword || n > MaxPassword:
		return fault.New(fault.Invalid, "user.password", "a password needs %d to %d characters", MinPassword,
			MaxPassword)
	case effort(password, words) < minEffort:
		return fault.New(fault.Invalid, "user.password_weak",
			"this password is among the first that an attacker tries; use several unrelated words, without your "+
				"name, the campaign's, or this product's")
	}
	return nil
}
