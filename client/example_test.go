package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/storyreel/storyreel/client"
)

func Example() {
	service := newFake() // an in-process service stands in for a real one
	service.states = []string{"uploaded", "preparing", "in_review"}
	ctx := context.Background()

	c := client.New("https://stories.example", client.Options{HTTP: &http.Client{Transport: service}})
	campaign, err := c.Campaign(ctx, "songs")
	if err != nil {
		log.Fatal(err)
	}
	form := campaign.ReleaseForms[0] // show form.Text; the contributor agrees to it
	video := "bytes of a video"
	upload, err := c.Begin(ctx, "songs", client.Submission{
		Contributor: client.Contributor{Name: "Zoë"},
		Song:        client.Song{Title: "Heroes", Artist: "David Bowie"},
		Release:     client.Release{Version: form.Version, Agreed: true, OfAge: true, OthersAgreed: true},
		File:        client.File{Name: "clip.mp4", Bytes: int64(len(video)), ContentType: "video/mp4"},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := c.Upload(ctx, upload, strings.NewReader(video), client.UploadOptions{}); err != nil {
		log.Fatal(err)
	}
	story, err := c.Wait(ctx, upload.Ref, "in_review", nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(story.State)
	// Output: in_review
}

// A refusal has a code that a program can act on; the detail is a sentence
// for a person.
func ExampleError() {
	service := newFake()
	c := client.New("https://stories.example", client.Options{HTTP: &http.Client{Transport: service}})
	_, err := c.Begin(context.Background(), "songs", client.Submission{Release: client.Release{Version: 3}})
	if e, ok := errors.AsType[*client.Error](err); ok {
		switch {
		case e.Code == "release.required":
			fmt.Println("please", e.Detail)
		case e.RetryAfter > 0:
			fmt.Println("try again after", e.RetryAfter)
		default:
			fmt.Println(e.Status, e.Code, e.Detail)
		}
	}
	// Output: please agree to the release form
}

// An upload goes on in a later run of the program from its Ref. Only what
// storage does not have is sent.
func ExampleClient_Resume() {
	service := newFake()
	ctx := context.Background()
	c := client.New("https://stories.example", client.Options{HTTP: &http.Client{Transport: service}})
	video := "bytes of a video"
	begun, err := c.Begin(ctx, "songs", client.Submission{
		Release: client.Release{Version: 3, Agreed: true}, File: client.File{Bytes: int64(len(video))},
	})
	if err != nil {
		log.Fatal(err)
	}
	stored, err := json.Marshal(begun.Ref) // to a private file, before the upload starts
	if err != nil {
		log.Fatal(err)
	}

	// in a later run
	var ref client.Ref
	if err := json.Unmarshal(stored, &ref); err != nil {
		log.Fatal(err)
	}
	upload, err := c.Resume(ctx, ref)
	if errors.Is(err, client.ErrClosed) {
		fmt.Println("it is complete, expired or withdrawn")
		return
	}
	if err != nil {
		log.Fatal(err)
	}
	var percent int64 // for a progress bar
	err = c.Upload(ctx, upload, strings.NewReader(video), client.UploadOptions{
		Progress: func(sent, total int64) { percent = 100 * sent / total },
	})
	fmt.Println(percent, err)
	// Output: 100 <nil>
}

// Wait shows each state on the way. A video that cannot be used, or that a
// moderator refuses, ends it with a WaitError; its story holds Failure or
// Reason.
func ExampleClient_Wait() {
	service := newFake()
	service.states = []string{"uploaded", "preparing", "failed"}
	ctx := context.Background()
	c := client.New("https://stories.example", client.Options{HTTP: &http.Client{Transport: service}})
	ref := client.Ref{Story: "s1", Token: "secret"} // of the upload

	_, err := c.Wait(ctx, ref, "in_review", func(st *client.Story) { fmt.Println(st.State) })
	if e, ok := errors.AsType[*client.WaitError](err); ok && e.Story.Failure != nil {
		fmt.Println(e.Story.Failure.Code, "-", e.Story.Failure.Detail)
	}
	// Output:
	// uploaded
	// preparing
	// failed
	// too_long - the video is too long
}
