package clips

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// MotionPhotos are photos of phones with a video within the file, in all forms
// that are in use.
var MotionPhotos = []Clip{
	motionPhoto("photo-micro-video", "Google's first form: a distance from the end in the XMP", func(v []byte) []byte {
		return slices.Concat(jpeg(fmt.Sprintf(`GCamera:MicroVideo="1" GCamera:MicroVideoOffset="%d"`, len(v))), v)
	}),
	motionPhoto("photo-container", "Google's present form: a list of items in the XMP", func(v []byte) []byte {
		return slices.Concat(jpeg(fmt.Sprintf(`GCamera:MotionPhoto="1"><Container:Directory><rdf:Seq>`+
			`<rdf:li><Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary" Item:Length="0"/></rdf:li>`+
			`<rdf:li><Container:Item Item:Mime="video/mp4" Item:Semantic="MotionPhoto" Item:Length="%d"/></rdf:li>`+
			`</rdf:Seq></Container:Directory`, len(v))), v)
	}),
	motionPhoto("photo-container-more", "a list of items with a gain map before and an item after the video",
		func(v []byte) []byte {
			return slices.Concat(jpeg(fmt.Sprintf(`GCamera:MotionPhoto="1"><Container:Directory><rdf:Seq>`+
				`<rdf:li><Container:Item Item:Mime="image/jpeg" Item:Semantic="GainMap" Item:Length="7"/></rdf:li>`+
				`<rdf:li><Container:Item Item:Semantic="MotionPhoto" Item:Length="%d" Item:Mime="video/mp4"/></rdf:li>`+
				`<rdf:li><Container:Item Item:Semantic="Other" Item:Length="5" Item:Padding="3"/></rdf:li>`+
				`</rdf:Seq></Container:Directory`, len(v))), []byte("gainmap"), v, []byte("padother"))
		}),
	motionPhoto("photo-samsung", "Samsung's trailer", func(v []byte) []byte {
		return slices.Concat(jpeg(""), []byte("\x00\x00\x30\x0A\x10\x00\x00\x00MotionPhoto_Data"), v,
			[]byte("SEFH\x6B\x00\x00\x00\x01\x00\x00\x00"), make([]byte, 12), []byte("\x18\x00\x00\x00SEFT"))
	}),
	motionPhoto("photo-heic", "HEIC with the video in a box", func(v []byte) []byte {
		return slices.Concat(heic, box("mpvd", v))
	}),
	motionPhoto("photo-heic-samsung", "HEIC with Samsung's trailer", func(v []byte) []byte {
		return slices.Concat(heic, box("sefd", slices.Concat([]byte("MotionPhoto_Data"), v)))
	}),
}

// heic is the beginning of a HEIC image; nothing reads the image.
var heic = slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")), box("meta", make([]byte, 40)),
	box("mdat", randomBytes(900)))

// motionPhoto returns a photo that assemble makes of the bytes of its video.
func motionPhoto(name, class string, assemble func(video []byte) []byte) Clip {
	return Clip{
		Name: name, Class: class, Ext: ".jpg", Width: 320, Height: 240, Seconds: 2, Rate: 25, Audio: true, Remux: true,
		Corners: true, Tag: name, After: func([]byte) ([]byte, error) {
			v, err := Clip{Name: "moving", Ext: ".mp4",
				Args: concat(video(320, 240, "25", 2, sdr), audio(tone, 2), x264, bt709Tags, aac)}.content()
			return assemble(v), err
		},
	}
}

// jpeg returns the bytes of a JPEG file with this description in its XMP. Its
// image is noise; nothing reads it.
func jpeg(description string) []byte {
	xmp := "http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta><rdf:RDF><rdf:Description " + description +
		"></rdf:Description></rdf:RDF></x:xmpmeta>"
	segment := func(marker byte, body string) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(body)+2)), body...)
	}
	image := bytes.ReplaceAll(randomBytes(2000), []byte{0xFF}, []byte{0})
	return slices.Concat([]byte{0xFF, 0xD8}, segment(0xE1, "Exif\x00\x00"), segment(0xE1, xmp), segment(0xDA, "\x00"),
		image, []byte{0xFF, 0xD9})
}
