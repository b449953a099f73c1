package story

// Wait is what a story waits for that is not finished. Retries and attempts
// that were put off go on with the same wait.
type Wait string

// The waits. A story of any other state waits for nothing but its people.
const (
	ForReviewCopy  Wait = "review_copy"
	ForDecision    Wait = "decision"
	ForPublication Wait = "publication"
)

// Wait returns what a story in the state waits for from this service or its
// staff; empty for nothing.
func (s State) Wait() Wait {
	switch s {
	case Uploaded, Preparing:
		return ForReviewCopy
	case InReview:
		return ForDecision
	case Approved, Publishing:
		return ForPublication
	case AwaitingUpload, Published, Hidden, Rejected, Failed, Expired, Withdrawn, Erased:
	}
	return ""
}

// WaitingStates lists the states with a Wait, in the order a story meets them.
func WaitingStates() []State {
	var out []State
	for _, s := range States() {
		if s.Wait() != "" {
			out = append(out, s)
		}
	}
	return out
}
