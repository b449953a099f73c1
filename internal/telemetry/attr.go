package telemetry

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// Attr is a fact of a span. There is one function for each fact that spans may
// hold; docs/operate/traces.md lists them.
type Attr struct{ kv attribute.KeyValue }

func text(key, value string) Attr { return Attr{attribute.String(key, value)} }

func ofStory(id string) Attr     { return text("storyreel.story_id", id) }
func method(name string) Attr    { return text("http.request.method", name) }
func route(template string) Attr { return text("http.route", template) }
func failure(code string) Attr   { return text("error.type", code) }
func answer(status int) Attr     { return Attr{attribute.Int("http.response.status_code", status)} }
func seconds(d time.Duration) Attr {
	return Attr{attribute.Float64("storyreel.cpu_seconds", d.Seconds())}
}
func number(key string, n int) Attr { return Attr{attribute.Int(key, n)} }

// Database is the product and the pool that a statement ran in.
func Database(system, pool string) []Attr {
	return []Attr{text("db.system.name", system), text("storyreel.pool", pool)}
}

// Statement is a statement's first word, such as SELECT, and the table that it
// is about; empty where that is not plain.
func Statement(verb, table string) []Attr {
	if table == "" {
		return []Attr{text("db.operation.name", verb)}
	}
	return []Attr{text("db.operation.name", verb), text("db.collection.name", table)}
}

// Call is an operation of the storage server, such as GetObject.
func Call(operation string) []Attr {
	return []Attr{text("rpc.system", "aws-api"), text("rpc.service", "S3"), text("rpc.method", operation)}
}

// Failure is the class of what failed, where the error has no code.
func Failure(class string) Attr { return failure(class) }

// Queue is the queue that a job is announced in.
func Queue(name string) []Attr {
	return []Attr{text("messaging.system", "asynq"), text("messaging.destination.name", name)}
}

// Job is a job's id, kind:story:attempt, and the number of the attempt.
func Job(id string, attempt int) []Attr {
	return []Attr{text("storyreel.job", id), number("storyreel.attempt", attempt)}
}

// Outcome is how an attempt ended.
func Outcome(name string) Attr { return text("storyreel.outcome", name) }

// Rule is the name of a limit that was counted.
func Rule(name string) Attr { return text("storyreel.limit", name) }

// Files is how many files were stored, and their bytes.
func Files(n int, bytes int64) []Attr {
	return []Attr{number("storyreel.files", n), {attribute.Int64("storyreel.bytes", bytes)}}
}

// Program is a run of ffmpeg or ffprobe: the step of the pipeline, how it ended
// (exited, crashed, killed and so on; done on success), and its exit status.
func Program(name, step, end string, status int) []Attr {
	return []Attr{
		text("process.executable.name", name), text("storyreel.step", step), text("storyreel.end", end),
		number("process.exit.code", status),
	}
}

// CPU is the processor time that a run took.
func CPU(d time.Duration) Attr { return seconds(d) }
