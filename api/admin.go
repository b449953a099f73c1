package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/storyreel/storyreel/internal/account"
	"github.com/storyreel/storyreel/internal/campaign"
)

// CampaignBody is what can be set of a campaign. Absent fields keep what
// they are, or take the defaults of a new campaign.
type CampaignBody struct {
	Title     *string        `json:"title,omitempty" maxLength:"200"`
	Hashtag   *string        `json:"hashtag,omitempty" maxLength:"81"`
	Prompt    *string        `json:"prompt,omitempty" maxLength:"2000"`
	OpensAt   *time.Time     `json:"opens_at,omitempty"`
	ClosesAt  *time.Time     `json:"closes_at,omitempty"`
	Limits    *limitsView    `json:"limits,omitempty"`
	AdSlots   []string       `json:"ad_slots,omitempty" maxItems:"100"`
	Questions []questionView `json:"questions,omitempty" maxItems:"20" doc:"All of them: those left out are asked no more."`
	Countries []string       `json:"countries,omitempty" maxItems:"250"`
	Origins   []string       `json:"origins,omitempty" maxItems:"100"`
	Policy    *string        `json:"policy,omitempty" maxLength:"20000" doc:"What moderators hold stories to."`
}

func (b CampaignBody) apply(c *campaign.Campaign) {
	assign(&c.Title, b.Title)
	assign(&c.Hashtag, b.Hashtag)
	assign(&c.Prompt, b.Prompt)
	assign(&c.Policy, b.Policy)
	assign(&c.OpensAt, b.OpensAt)
	assign(&c.ClosesAt, b.ClosesAt)
	if b.Limits != nil {
		c.Limits = b.Limits.limits()
	}
	if b.Questions != nil {
		c.Questions = make([]campaign.Question, len(b.Questions))
		for i, q := range b.Questions {
			c.Questions[i] = campaign.Question{
				ID: q.ID, Label: q.Label, Hint: q.Hint, Kind: campaign.QuestionKind(q.Kind), Required: q.Required,
				Choices: q.Choices,
			}
		}
	}
	for to, from := range map[*[]string][]string{
		&c.AdSlots: b.AdSlots, &c.Countries: b.Countries, &c.Origins: b.Origins,
	} {
		if from != nil {
			*to = from
		}
	}
}

func (s *server) originsChanged(ctx context.Context) {
	if s.OriginsChanged != nil {
		s.OriginsChanged(ctx)
	}
}

func assign[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// KeyView is an API key without the key.
type KeyView struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      string     `json:"role"`
	CreatedAt time.Time  `json:"created_at"`
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
}

type userView struct {
	ID       string         `json:"id"`
	Email    string         `json:"email"`
	Name     string         `json:"name"`
	Roles    []account.Role `json:"roles"`
	Disabled bool           `json:"disabled"`
}

type items[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func itemsOf[T any](list []T) *items[T] {
	out := &items[T]{}
	out.Body.Items = list
	if list == nil {
		out.Body.Items = []T{}
	}
	return out
}

func (s *server) adminRoutes() {
	s.adminCampaignRoutes()
	s.adminAccountRoutes()
	tags := []string{"admin"}
	handle(s, huma.Operation{
		OperationID: "list-jobs", Method: http.MethodGet, Path: "/v1/admin/jobs", Tags: tags,
		Summary:     "See work in trouble",
		Description: "Stories that failed, and those whose work has spent tries, newest first.",
	}, admins, func(ctx context.Context, in *struct {
		Limit int `query:"limit" minimum:"1" maximum:"500" default:"100"`
	}) (*items[storyView], error) {
		rows, err := s.Attempts.Troubled(ctx, in.Limit)
		if err != nil {
			return nil, err
		}
		views, err := s.staffViews(ctx, rows)
		return itemsOf(views), err
	})
	handle(s, huma.Operation{
		OperationID: "retry-story", Method: http.MethodPost, Path: "/v1/admin/jobs/{id}/retry", Tags: tags,
		Summary: "Try failed work again", Errors: []int{http.StatusNotFound, http.StatusConflict},
	}, admins, func(ctx context.Context, in *StoryPath) (*storyOutput, error) {
		st, err := s.Stories.Retry(ctx, in.ID, callerOf(ctx).actor(account.Admin))
		if err != nil {
			return nil, err
		}
		v, err := s.staffView(ctx, st, callerOf(ctx).principal.ID)
		return &storyOutput{v}, err
	})
}

// funnelView tells how a campaign's stories fare.
type funnelView struct {
	States map[string]int64 `json:"states" doc:"Stories in each state."`
	Steps  []stepView       `json:"steps"`
}

type stepView struct {
	Name          string  `json:"name" enum:"created,uploaded,prepared,reviewed,published,selected"`
	Reached       int64   `json:"reached" doc:"Stories that came at least so far; but for created, withdrawn ones are not counted."`
	MedianSeconds float64 `json:"median_seconds" doc:"Since the step before, of the newest stories that passed; 0: none did."`
	Sample        int     `json:"sample" doc:"Stories that the median is of."`
}

func (s *server) funnel(ctx context.Context, in *CampaignPath) (*struct{ Body funnelView }, error) {
	c, err := s.Campaigns.Get(ctx, in.Campaign)
	if err != nil {
		return nil, err
	}
	f, err := s.Funnel.Report(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	v := funnelView{States: map[string]int64{}}
	for state, n := range f.States {
		v.States[string(state)] = n
	}
	for _, st := range f.Steps {
		v.Steps = append(v.Steps, stepView{st.Name, st.Reached, st.Median.Seconds(), st.Sample})
	}
	return &struct{ Body funnelView }{v}, nil
}

func (s *server) adminCampaignRoutes() {
	tags := []string{"admin"}
	handle(s, huma.Operation{
		OperationID: "get-funnel", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/funnel", Tags: tags,
		Summary: "See how stories fare", Description: "How many reached each step, and the median time between steps.",
		Errors: []int{http.StatusNotFound},
	}, staff, s.funnel)
	handle(s, huma.Operation{
		OperationID: "list-campaigns", Method: http.MethodGet, Path: "/v1/campaigns", Tags: tags,
		Summary: "List campaigns",
	}, staff, func(ctx context.Context, _ *struct{}) (*items[campaignView], error) {
		all, err := s.Campaigns.List(ctx)
		if err != nil {
			return nil, err
		}
		views := make([]campaignView, len(all))
		for i, c := range all {
			if views[i], err = s.campaignView(ctx, c); err != nil {
				return nil, err
			}
			views[i].Origins, views[i].Policy = c.Origins, c.Policy
		}
		return itemsOf(views), nil
	})
	handle(s, huma.Operation{
		OperationID: "create-campaign", Method: http.MethodPost, Path: "/v1/campaigns", Tags: tags,
		DefaultStatus: http.StatusCreated,
		Summary:       "Create a campaign", Description: "It takes stories once it has a release form.",
		Errors: []int{http.StatusConflict},
	}, admins, func(ctx context.Context, in *struct {
		Body struct {
			Slug string `json:"slug" maxLength:"64"`
			CampaignBody
		}
	}) (*campaignOutput, error) {
		c := &campaign.Campaign{Slug: in.Body.Slug}
		in.Body.apply(c)
		if err := s.Campaigns.Create(ctx, c); err != nil {
			return nil, err
		}
		s.originsChanged(ctx)
		v, err := s.campaignView(ctx, c)
		return &campaignOutput{CacheControl: "no-store", Body: v}, err
	})
	handle(s, huma.Operation{
		OperationID: "update-campaign", Method: http.MethodPut, Path: "/v1/campaigns/{campaign}", Tags: tags,
		Summary: "Change a campaign", Description: "Absent fields keep what they are.",
		Errors: []int{http.StatusNotFound},
	}, admins, func(ctx context.Context, in *struct {
		CampaignPath
		Body CampaignBody
	}) (*campaignOutput, error) {
		c, err := s.Campaigns.Update(ctx, in.Campaign, in.Body.apply)
		if err != nil {
			return nil, err
		}
		if in.Body.Origins != nil {
			s.originsChanged(ctx)
		}
		v, err := s.campaignView(ctx, c)
		return &campaignOutput{CacheControl: "no-store", Body: v}, err
	})
	handle(s, huma.Operation{
		OperationID: "add-release-form", Method: http.MethodPost, Path: "/v1/campaigns/{campaign}/release-forms",
		Tags: tags, DefaultStatus: http.StatusCreated,
		Summary:     "Add a version of the release form",
		Description: "Earlier releases stay bound to the text they agreed to.", Errors: []int{http.StatusNotFound},
	}, admins, func(ctx context.Context, in *struct {
		CampaignPath
		Body struct {
			Locale string `json:"locale,omitempty" maxLength:"35" default:"en"`
			Title  string `json:"title,omitempty" maxLength:"200"`
			Text   string `json:"text" minLength:"20" maxLength:"100000"`
		}
	}) (*struct{ Body formView }, error) {
		f, err := s.Campaigns.AddReleaseForm(ctx, in.Campaign,
			campaign.ReleaseForm{Locale: in.Body.Locale, Title: in.Body.Title, Text: in.Body.Text})
		if err != nil {
			return nil, err
		}
		return &struct{ Body formView }{formOf(f)}, nil
	})
	handle(s, huma.Operation{
		OperationID: "list-release-forms", Method: http.MethodGet, Path: "/v1/campaigns/{campaign}/release-forms",
		Tags:        []string{"admin"},
		Summary:     "List every version of the release forms",
		Description: "Newest first. Releases stay bound to the version they agreed to.",
		Errors:      []int{http.StatusNotFound},
	}, staff, func(ctx context.Context, in *CampaignPath) (*items[formView], error) {
		all, err := s.Campaigns.ReleaseForms(ctx, in.Campaign)
		if err != nil {
			return nil, err
		}
		out := make([]formView, len(all))
		for i, f := range all {
			out[i] = formOf(f)
			out[i].CreatedAt = &f.CreatedAt
		}
		return itemsOf(out), nil
	})
}

func (s *server) adminAccountRoutes() {
	tags := []string{"admin"}
	handle(s, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/v1/admin/users", Tags: tags, Summary: "List users",
	}, admins, func(ctx context.Context, _ *struct{}) (*items[userView], error) {
		all, err := s.Accounts.Users(ctx)
		if err != nil {
			return nil, err
		}
		views := make([]userView, len(all))
		for i, u := range all {
			views[i] = userView{u.ID, u.Email, u.Name, u.Roles, u.Disabled}
		}
		return itemsOf(views), nil
	})
	handle(s, huma.Operation{
		OperationID: "create-user", Method: http.MethodPost, Path: "/v1/admin/users", Tags: tags,
		DefaultStatus: http.StatusCreated,
		Summary:       "Create a user", Errors: []int{http.StatusConflict},
	}, admins, func(ctx context.Context, in *struct {
		Body struct {
			Email    string         `json:"email" maxLength:"254"`
			Name     string         `json:"name,omitempty" maxLength:"100"`
			Password string         `json:"password,omitempty" maxLength:"72" doc:"10 to 72 bytes; empty: sign-in by link only."`
			Roles    []account.Role `json:"roles" minItems:"1"`
		}
	}) (*struct{ Body userView }, error) {
		u, err := s.Accounts.CreateUser(ctx, in.Body.Email, in.Body.Name, in.Body.Password, in.Body.Roles)
		if err != nil {
			return nil, err
		}
		return &struct{ Body userView }{userView{u.ID, u.Email, u.Name, u.Roles, u.Disabled}}, nil
	})
	handle(s, huma.Operation{
		OperationID: "list-keys", Method: http.MethodGet, Path: "/v1/admin/keys", Tags: tags, Summary: "List API keys",
	}, admins, func(ctx context.Context, _ *struct{}) (*items[KeyView], error) {
		all, err := s.Accounts.Keys(ctx)
		if err != nil {
			return nil, err
		}
		views := make([]KeyView, len(all))
		for i, k := range all {
			views[i] = KeyView{k.ID, k.Name, string(k.Role), k.CreatedAt, timePtr(k.RevokedAt)}
		}
		return itemsOf(views), nil
	})
	handle(s, huma.Operation{
		OperationID: "create-key", Method: http.MethodPost, Path: "/v1/admin/keys", Tags: tags,
		DefaultStatus: http.StatusCreated,
		Summary:       "Create an API key", Description: "The key itself is answered only here.",
	}, admins, func(ctx context.Context, in *struct {
		Body struct {
			Name string       `json:"name,omitempty" maxLength:"100"`
			Role account.Role `json:"role" enum:"moderator,creative,admin"`
		}
	}) (*struct {
		Body struct {
			Key string `json:"key"`
			KeyView
		}
	}, error) {
		clear, k, err := s.Accounts.CreateKey(ctx, in.Body.Name, in.Body.Role)
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Key string `json:"key"`
				KeyView
			}
		}{}
		out.Body.Key, out.Body.KeyView = clear,
			KeyView{ID: k.ID, Name: k.Name, Role: string(k.Role), CreatedAt: k.CreatedAt}
		return out, nil
	})
	handle(s, huma.Operation{
		OperationID: "revoke-key", Method: http.MethodDelete, Path: "/v1/admin/keys/{key}", Tags: tags,
		DefaultStatus: http.StatusNoContent,
		Summary:       "Revoke an API key", Errors: []int{http.StatusNotFound},
	}, admins, func(ctx context.Context, in *struct {
		Key string `path:"key" maxLength:"36" doc:"The key's id, not the key."`
	}) (*struct{}, error) {
		return nil, s.Accounts.RevokeKey(ctx, in.Key)
	})
}
