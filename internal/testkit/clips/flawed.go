package clips

// Flawed are videos whose findings must hold warnings.
var Flawed = []Clip{
	{Name: "poor", Class: "dark, without detail, frozen; quiet, then silent", Ext: ".mp4", Seconds: 6,
		Args: concat(args("-f", "lavfi", "-i", "color=c=0x1A1A1A:s=640x480:r=25:d=6,format=gbrp"+sdr,
			"-f", "lavfi", "-i", "aevalsrc='if(lt(t,3),0.005*sin(2*PI*700*t),0)':s=48000:d=6"),
			x264, bt709Tags, aac)},
	{Name: "restarted", Class: "two browser recordings in one file, the second from the beginning of its clock",
		Ext: ".webm", Pipe: true, Seconds: 2, Args: twoSeconds, Tag: "restarted",
		After: appendClustersAt("0", Clip{Name: "restarted-second", Ext: ".webm", Args: twoSeconds})},
	{Name: "bang", Class: "quiet, with a loud end of 20 ms", Ext: ".mp4", Seconds: 1.52,
		Args: concat(video(320, 240, "25", 1.52, sdr),
			args("-f", "lavfi", "-i", "aevalsrc='if(lt(t,1.5),0.02,0.9)*sin(2*PI*440*t)':s=48000:d=1.52"),
			x264, bt709Tags, aac)},
	{Name: "glaring", Class: "overexposed; clipped audio", Ext: ".mp4", Seconds: 4,
		Args: concat(
			args("-f", "lavfi", "-i",
				"testsrc2=s=640x480:r=25:d=4,format=gbrp,lutrgb=r='190+val/4':g='190+val/4':b='190+val/4'"+sdr,
				"-f", "lavfi", "-i", "aevalsrc='clip(4*sin(2*PI*440*t)+2*sin(2*PI*3100*t),-1,"+
					"1)':s=48000:d=4"), x264, bt709Tags,
			aac)},
}

var twoSeconds = concat(video(640, 480, "30", 2, toYUV("bt601", "tv", "yuv420p")), audio(tone, 2), vpx("libvpx"),
	args("-c:a", "libopus", "-f", "webm"))
