package queue

import (
	"errors"
	"net/url"
	"strconv"

	"github.com/hibiken/asynq"
)

// parseUnix reads unix:///path/to/socket?db=N, the form that go-redis reads,
// which Asynq does not know.
func parseUnix(address string) (asynq.RedisConnOpt, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "unix" || u.Path == "" {
		return nil, errors.New("not a unix address")
	}
	opt := asynq.RedisClientOpt{Network: "unix", Addr: u.Path}
	if u.User != nil {
		opt.Username = u.User.Username()
		opt.Password, _ = u.User.Password()
	}
	if db := u.Query().Get("db"); db != "" {
		if opt.DB, err = strconv.Atoi(db); err != nil {
			return nil, err
		}
	}
	return opt, nil
}
