package api

import (
	"context"
	"time"

	"github.com/storyreel/storyreel/internal/account"
)

// shareView is one moderator's part in a report.
type shareView struct {
	Name       string `json:"name"`
	Approved   int64  `json:"approved"`
	Rejected   int64  `json:"rejected"`
	Escalated  int64  `json:"escalated"`
	Overturned int64  `json:"overturned" doc:"Approvals later hidden, rejections later restored, by somebody else."`
	Unplayed   int64  `json:"unplayed" doc:"Of all, made before the video was played or moved."`
}

// reportView counts decisions over a period.
type reportView struct {
	Since      time.Time   `json:"since"`
	Decided    int64       `json:"decided"`
	PerHour    float64     `json:"per_hour" doc:"Decisions by one moderator in an hour of the clock in which they decided."`
	Overturned int64       `json:"overturned"`
	Moderators []shareView `json:"moderators"`
}

// LookBack is how far a report or a sample looks back.
type LookBack struct {
	Campaign string `query:"campaign" maxLength:"64" doc:"Slug; empty: all campaigns."`
	Hours    int    `query:"hours" minimum:"1" maximum:"744" default:"24"`
}

type reviewSampleInput struct {
	LookBack
	Count int    `query:"count" minimum:"1" maximum:"50" default:"5"`
	Seed  uint64 `query:"seed"`
}

func (s *server) reportRoutes() {
	handle(s, moderators, op("review-report", "GET /v1/review/report", "review", "See how reviewing goes").
		about("Decisions by moderator, their pace, and how many were overturned. "+
			"The first hour counts whole.").fails(notFound), s.reviewReport)
	handle(s, moderators, op("review-sample", "GET /v1/review/sample", "review",
		"Draw decided stories for a second look").about("Decided by others; the same seed draws the same.").
		fails(notFound), s.reviewSample)
}

// since is the start of the period that ends now.
func (s *server) since(l LookBack) time.Time {
	return s.Now().UTC().Add(-time.Duration(l.Hours) * time.Hour)
}

// reviewReport counts decisions by moderator.
func (s *server) reviewReport(ctx context.Context, in *LookBack) (*body[reportView], error) {
	f, err := s.queueFilter(ctx, QueueFilter{Campaign: in.Campaign})
	if err != nil {
		return nil, err
	}
	v := reportView{Since: s.since(*in), Moderators: []shareView{}}
	hours := int64(0)
	shares, err := s.Review.Report(ctx, f, v.Since)
	if err != nil {
		return nil, err
	}
	for _, sh := range shares {
		v.Decided += sh.Decided()
		hours += sh.Hours
		v.Overturned += sh.Overturned
		v.Moderators = append(v.Moderators,
			shareView{sh.Moderator.Name, sh.Approved, sh.Rejected, sh.Escalated, sh.Overturned, sh.Unplayed})
	}
	if hours > 0 {
		v.PerHour = float64(v.Decided) / float64(hours)
	}
	return bodyOf(v), nil
}

// reviewSample draws decisions of others at random, for a second opinion.
func (s *server) reviewSample(ctx context.Context, in *reviewSampleInput) (*body[StoryList], error) {
	f, err := s.queueFilter(ctx, QueueFilter{Campaign: in.Campaign})
	if err != nil {
		return nil, err
	}
	drawn, err := s.Review.Sample(ctx, f, callerOf(ctx).actor(account.Moderator), s.since(in.LookBack), in.Count,
		in.Seed)
	if err != nil {
		return nil, err
	}
	views, err := s.staffViews(ctx, s.visible(ctx, drawn))
	return bodyOf(StoryList{Items: views}), err
}
