package clips

// Flawed are videos that findings must warn of.
var Flawed = []Clip{
	{Name: "poor", Class: "dark, without detail, standing still; a whisper, then silence", Ext: ".mp4", Seconds: 6,
		Args: join(words("-f", "lavfi", "-i", "color=c=0x1A1A1A:s=640x480:r=25:d=6,format=gbrp"+sdr,
			"-f", "lavfi", "-i", "aevalsrc='if(lt(t,3),0.005*sin(2*PI*700*t),0)':s=48000:d=6"), fast, tags, quick)},
	{Name: "bang", Class: "a whisper, and a bang in the last hundredths of a second", Ext: ".mp4", Seconds: 1.52,
		Args: join(film(320, 240, "25", 1.52, sdr),
			words("-f", "lavfi", "-i", "aevalsrc='if(lt(t,1.5),0.02,0.9)*sin(2*PI*440*t)':s=48000:d=1.52"), fast, tags,
			quick)},
	{Name: "glaring", Class: "far too bright; sound that was recorded too loud", Ext: ".mp4", Seconds: 4,
		Args: join(
			words("-f", "lavfi", "-i",
				"testsrc2=s=640x480:r=25:d=4,format=gbrp,lutrgb=r='190+val/4':g='190+val/4':b='190+val/4'"+sdr,
				"-f", "lavfi", "-i", "aevalsrc='clip(4*sin(2*PI*440*t)+2*sin(2*PI*3100*t),-1,"+
					"1)':s=48000:d=4"), fast, tags,
			quick)},
}
