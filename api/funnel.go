package api

import "context"

// funnelView shows how far a campaign's stories came.
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

func (s *server) funnelRoutes() {
	handle(s, staff, op("get-funnel", "GET /v1/campaigns/{campaign}/funnel", "admin", "See how stories fare").
		about("How many reached each step, and the median time between steps.").fails(notFound), s.getFunnel)
}

// getFunnel counts a campaign's stories by state and by step.
func (s *server) getFunnel(ctx context.Context, in *CampaignPath) (*body[funnelView], error) {
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
	return bodyOf(v), nil
}
