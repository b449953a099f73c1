package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/storyreel/storyreel/internal/media"
)

func TestLadder(t *testing.T) {
	for _, c := range []struct {
		w, h int
		want string
	}{
		{1920, 1080, "1080:1920x1080 720:1280x720 480:854x480 360:640x360"},
		{1080, 1920, "1080:1080x1920 720:720x1280 480:480x854 360:360x640"},
		{2160, 3840, "1080:1080x1920 720:720x1280 480:480x854 360:360x640"},
		{1920, 1200, "1080:1728x1080 720:1152x720 480:768x480 360:576x360"},
		{1280, 720, "720:1280x720 480:854x480 360:640x360"},
		{1280, 718, "718:1280x718 480:856x480 360:642x360"},
		{1138, 640, "640:1138x640 480:854x480 360:640x360"},
		{960, 540, "540:960x540 360:640x360"},
		{960, 400, "400:960x400"},
		{853, 479, "479:852x478 360:642x360"},
		{640, 360, "360:640x360"},
		{480, 270, "270:480x270"},
		{161, 121, "121:160x120"},
		{192, 144, "144:192x144"},
		{720, 720, "720:720x720 480:480x480 360:360x360"},
	} {
		t.Run(fmt.Sprintf("%dx%d", c.w, c.h), func(t *testing.T) {
			var got []string
			for _, r := range Ladder(c.w, c.h, media.Rate{Num: 30, Den: 1}) {
				got = append(got, fmt.Sprintf("%s:%dx%d", r.Name, r.Width, r.Height))
				require.LessOrEqual(t, r.Width, c.w)
				require.LessOrEqual(t, r.Height, c.h)
			}
			require.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}
