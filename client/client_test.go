package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/client"
)

func submission(file string) client.Submission {
	return client.Submission{
		Contributor: client.Contributor{Name: "Zoë"}, Song: client.Song{Title: "Heroes", Artist: "David Bowie"},
		Release: client.Release{Version: 3, Agreed: true, OfAge: true, OthersAgreed: true},
		File:    client.File{Name: "clip.mp4", Bytes: int64(len(file))},
	}
}

// begin starts a story of the file.
func begin(t *testing.T, f *fake, file string) *client.Upload {
	t.Helper()
	u, err := f.client().Begin(t.Context(), "songs", submission(file))
	require.NoError(t, err)
	return u
}

// isPut reports whether the request writes the part to storage.
func isPut(r *http.Request, part string) bool {
	return r.Method == http.MethodPut && r.URL.Path == "/"+part
}

func TestBegin_ErrorsCarryTheCode(t *testing.T) {
	t.Parallel()
	s := submission("bytes")
	s.Release.Agreed = false
	_, err := newFake().client().Begin(t.Context(), "songs", s)
	var e *client.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, 422, e.Status)
	require.Equal(t, "release.required", e.Code)
	require.Equal(t, "agree to the release form (release.required)", err.Error())
}

func TestBegin_RetriedAfterALostAnswerHasOneIdempotencyKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		lost := 2
		f.lose = func(*http.Request) bool { lost--; return lost >= 0 }
		begin(t, f, "bytes")
		require.Equal(t, 3, f.calls)
		require.Len(t, f.begins, 1)
	})
}

func TestUpload_SendsEveryPartAndReportsProgress(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"one PUT": "tiny", "parts": "the whole file"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			var seen []int64
			err := f.client().Upload(t.Context(), begin(t, f, file), strings.NewReader(file),
				client.UploadOptions{Progress: func(sent, total int64) {
					require.EqualValues(t, len(file), total)
					seen = append(seen, sent)
				}})
			require.NoError(t, err)
			require.Equal(t, file, f.file())
			require.True(t, f.complete)
			require.IsNonDecreasing(t, seen)
			require.EqualValues(t, len(file), seen[len(seen)-1])
		})
	}
}

func TestUpload_RetriesWhatCanPass(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{
		"a lost try has not ended": http.StatusConflict, "storage is busy": http.StatusServiceUnavailable,
		"storage fails": http.StatusInternalServerError, "too slow": http.StatusRequestTimeout,
		"too many requests": http.StatusTooManyRequests,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				left := 3
				f.fail = func(r *http.Request) int {
					if isPut(r, "2") && left > 0 {
						left--
						return status
					}
					return 0
				}
				u, sent := begin(t, f, "the whole file"), int64(0)
				require.NoError(t, f.client().Upload(t.Context(), u, strings.NewReader("the whole file"),
					client.UploadOptions{Progress: func(n, _ int64) { sent = n }}))
				require.Equal(t, "the whole file", f.file())
				require.EqualValues(t, 14, sent, "bytes of failed tries are not counted")
			})
		})
	}
}

func TestUpload_LostAnswerThen412IsSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.lose = func(r *http.Request) bool { return isPut(r, "0") && f.puts[0] == 1 }
		require.NoError(t, f.client().Upload(t.Context(), begin(t, f, "tiny"), strings.NewReader("tiny"),
			client.UploadOptions{}))
		require.Equal(t, 2, f.puts[0])
		require.Equal(t, "tiny", f.file())
		require.True(t, f.complete)
	})
}

func TestUpload_ExpiredSignatureIsSignedAgain(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"one PUT": "tiny", "parts": "the whole file"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.fail = func(r *http.Request) int {
					if r.Method == http.MethodPut && r.URL.Query().Get("signature") == "1" {
						return http.StatusForbidden
					}
					return 0
				}
				require.NoError(t, f.client().Upload(t.Context(), begin(t, f, file), strings.NewReader(file),
					client.UploadOptions{}))
				require.Equal(t, file, f.file())
			})
		})
	}
}

func TestUpload_GivesUp(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status, puts int
		code         string
	}{
		"at once when storage refuses":       {http.StatusBadRequest, 1, "storage.refused"},
		"after ten tries when it stays away": {http.StatusBadGateway, 10, "storage.unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				puts := 0
				f.fail = func(r *http.Request) int {
					if !isPut(r, "0") {
						return 0
					}
					puts++
					return x.status
				}
				err := f.client().Upload(t.Context(), begin(t, f, "tiny"), strings.NewReader("tiny"),
					client.UploadOptions{})
				var e *client.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, x.code, e.Code)
				require.Equal(t, x.puts, puts)
				require.NotContains(t, err.Error(), "signature", "a presigned URL is a password")
				require.False(t, f.complete)
			})
		})
	}
}

func TestUpload_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.fail = func(r *http.Request) int {
			if isPut(r, "0") {
				return http.StatusServiceUnavailable
			}
			return 0
		}
		u := begin(t, f, "tiny")
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		err := f.client().Upload(ctx, u, strings.NewReader("tiny"), client.UploadOptions{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestResume_SendsOnlyWhatIsMissing(t *testing.T) {
	t.Parallel()
	f := newFake()
	const file = "the whole file"
	ctx, stop := context.WithCancel(t.Context())
	f.fail = func(r *http.Request) int {
		if isPut(r, "3") {
			stop() // the program ends
			return http.StatusServiceUnavailable
		}
		return 0
	}
	u := begin(t, f, file)
	require.Error(t, f.client().Upload(ctx, u, strings.NewReader(file), client.UploadOptions{Parallel: 1}))
	stored, err := json.Marshal(u.Ref)
	require.NoError(t, err)
	require.JSONEq(t, `{"story":"s1","token":"secret"}`, string(stored))

	var ref client.Ref
	require.NoError(t, json.Unmarshal(stored, &ref))
	f.fail = nil
	again, err := f.client().Resume(t.Context(), ref)
	require.NoError(t, err)
	require.EqualValues(t, len(file), again.Bytes())
	first := int64(-1)
	require.NoError(t, f.client().Upload(t.Context(), again, strings.NewReader(file),
		client.UploadOptions{Progress: func(sent, _ int64) {
			if first < 0 {
				first = sent
			}
		}}))
	require.Equal(t, file, f.file())
	require.EqualValues(t, 2*partSize, first, "what had arrived counts from the start")
	require.Equal(t, map[int]int{1: 1, 2: 1, 3: 1, 4: 1}, f.puts)
	_, err = f.client().Resume(t.Context(), ref)
	require.ErrorIs(t, err, client.ErrClosed)
	var e *client.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "upload.closed", e.Code)
}

func TestWait(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		states []string
		state  string
		err    string // "": reached
	}{
		"reached": {[]string{"uploaded", "preparing", "in_review"}, "in_review", ""},
		"passed":  {[]string{"published"}, "in_review", ""},
		"failed": {
			[]string{"preparing", "failed"}, "in_review", "the story failed: the video is too long (too_long)",
		},
		"rejected": {
			[]string{"in_review", "rejected"}, "published",
			"the story is rejected: it is about another song (off_topic)",
		},
		"not in time": {[]string{"preparing"}, "in_review", "the story is still preparing"},
		"off course":  {[]string{"in_review", "rejected"}, "rejected", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.states = x.states
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				looks := 0
				st, err := f.client().Wait(ctx, client.Ref{Story: "s1", Token: "secret"}, x.state,
					func(*client.Story) { looks++ })
				require.Positive(t, looks)
				require.Contains(t, string(st.JSON), `"version":7`)
				if x.err == "" {
					require.NoError(t, err)
					return
				}
				var stopped *client.WaitError
				require.ErrorAs(t, err, &stopped)
				require.EqualError(t, err, x.err)
				require.Equal(t, st, stopped.Story)
				require.Equal(t, name == "not in time", errors.Is(err, context.DeadlineExceeded))
			})
		})
	}
}

func TestCall_AnswersThatAreNoProblemsAreNamedByTheirStatus(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.fail = func(*http.Request) int { return http.StatusBadGateway }
	_, err := f.client().Campaign(t.Context(), "songs")
	require.EqualError(t, err, "502 Bad Gateway (http)")
}

func TestRetry_KeepsThePauseThatIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		asked  string
		pause  time.Duration // at least
		begins int
	}{
		"seconds":           {"20", 20 * time.Second, 2},
		"a minute":          {"60", time.Minute, 2},
		"none":              {"", 0, 2},
		"no number":         {"soon", 0, 2},
		"more than allowed": {"61", 0, 1},
		"out of range":      {"99999999999", 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f, begins := newFake(), 0
				f.pause = x.asked
				f.fail = func(*http.Request) int {
					if begins++; begins == 1 {
						return http.StatusTooManyRequests
					}
					return 0
				}
				start := time.Now()
				_, err := f.client().Begin(t.Context(), "songs", submission("bytes"))
				require.Equal(t, x.begins, begins)
				require.GreaterOrEqual(t, time.Since(start), x.pause)
				if x.begins == 2 {
					require.NoError(t, err)
					require.Less(t, time.Since(start), max(x.pause, time.Second)+time.Nanosecond)
					return
				}
				var e *client.Error
				require.ErrorAs(t, err, &e)
				require.Equal(t, 61*time.Second, e.RetryAfter)
			})
		})
	}
}
