package campaign

import "time"

// Changes are fields of a campaign to be set. Nil leaves a field as it is;
// an empty list empties it.
type Changes struct {
	Title, Hashtag, Prompt, Policy *string
	OpensAt, ClosesAt              *time.Time
	MaxBytes                       *int64
	MinDuration, MaxDuration       *time.Duration
	MinAge                         *int
	AdSlots, Countries, Origins    []string
	Questions                      []Question
}

// Apply sets the fields of c. It checks nothing; Create and Update do.
func (ch Changes) Apply(c *Campaign) {
	assign(&c.Title, ch.Title)
	assign(&c.Hashtag, ch.Hashtag)
	assign(&c.Prompt, ch.Prompt)
	assign(&c.Policy, ch.Policy)
	assign(&c.OpensAt, ch.OpensAt)
	assign(&c.ClosesAt, ch.ClosesAt)
	assign(&c.Limits.MaxBytes, ch.MaxBytes)
	assign(&c.Limits.MinDuration, ch.MinDuration)
	assign(&c.Limits.MaxDuration, ch.MaxDuration)
	assign(&c.Limits.MinAge, ch.MinAge)
	assignList(&c.AdSlots, ch.AdSlots)
	assignList(&c.Countries, ch.Countries)
	assignList(&c.Origins, ch.Origins)
	assignList(&c.Questions, ch.Questions)
}

func assign[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func assignList[T any](to *[]T, from []T) {
	if from != nil {
		*to = from
	}
}
