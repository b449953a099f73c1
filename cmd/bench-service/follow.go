package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"time"

	"github.com/storyreel/storyreel/client"
)

// await waits until the story is in the state, with a look each time.
func (in *installation) await(ctx context.Context, ref client.Ref, state string, every time.Duration) error {
	return until(ctx, state, every, func() (bool, error) {
		st, err := in.client.Story(ctx, ref)
		if err == nil && st.State == "failed" {
			err = fmt.Errorf("the story failed: %s", st.Failure.Code)
		}
		return err == nil && st.State == state, err
	})
}

// decide decides on the story as the moderator.
func (in *installation) decide(ctx context.Context, id string, decision map[string]string) error {
	return call(ctx, http.MethodPost, in.url+"/v1/stories/"+id+"/decisions", in.moderator, decision, nil)
}

// withdraw withdraws the story as its contributor.
func (in *installation) withdraw(ctx context.Context, ref client.Ref) error {
	return call(ctx, http.MethodDelete, in.url+"/v1/stories/"+ref.Story, ref.Token, nil, nil)
}

// h264 are ffmpeg's options of videos of which the review copy is a remux.
func h264() []string {
	return []string{"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60"}
}

// makeClip writes a video with audio to the path.
func makeClip(ctx context.Context, path, size string, seconds float64, encode []string) error {
	length := fmt.Sprint(seconds)
	args := append([]string{
		"-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=" + size + ":r=30", "-f", "lavfi", "-i",
		"sine=f=330:r=48000", "-vf", "noise=alls=2:allf=t", "-t", length,
	}, encode...)
	args = append(args, "-c:a", "aac", "-movflags", "+faststart", path)
	if text, err := exec.CommandContext(ctx, "ffmpeg", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w: %s", err, text)
	}
	return nil
}
