package main

// service shows whether people are served: traffic, errors, latency, and what
// is near its limit.
func service() dashboard {
	return dashboard{
		"storyreel-service",
		"Storyreel: service",
		"Requests, their errors and times, and the services behind them.",
		[]row{
			signalsRow(),
			latencyRow(),
			databaseRow(),
			storageRow(),
			processRow(),
			webhooksRow(),
			mailRow(),
		},
	}
}

func latency(quantile, which string) string {
	return `histogram_quantile(` + quantile + `, sum by (le) (rate(storyreel_http_request_seconds_bucket{` + which +
		`}[5m])))`
}

func databaseRow() row {
	return row{
		"Database",
		[]panel{
			{
				title: "Statements", about: "95th percentile with the wait for a connection, by pool.", unit: "s",
				targets: []target{
					{
						`histogram_quantile(0.95, sum by (le, pool) (rate(storyreel_db_statement_seconds_bucket[5m])))`,
						"{{pool}}",
					},
				},
			},
			{
				title: "Connections in use",
				about: "Share of the pool's limit in the fullest process; at 1, statements wait.",
				unit:  "percentunit",
				targets: []target{{
					`max by (pool) (storyreel_db_connections{state="in_use"} ` +
						`/ ignoring (state) storyreel_db_connections{state="limit"})`, "{{pool}}",
				}},
			},
			{
				title:   "Failures",
				unit:    "ops",
				stacked: true,
				targets: []target{
					{`sum by (pool, class) (rate(storyreel_db_failures_total[5m]))`, "{{pool}} {{class}}"},
				},
			},
		},
	}
}

func mailRow() row {
	return row{"Mails", []panel{
		{
			title: "Tries", about: "By outcome; put_off is tried again.", unit: "ops", stacked: true,
			targets: []target{{`sum by (outcome) (rate(storyreel_mails_total[5m]))`, "{{outcome}}"}},
		},
		{
			title: "Oldest waiting", about: "How long the mail is due that waits longest.", unit: "s",
			targets: []target{{`max(storyreel_oldest_mail_seconds)`, "age"}},
		},
	}}
}

func storageRow() row {
	return row{"Storage", []panel{
		{
			title: "Calls", unit: "ops", stacked: true,
			targets: []target{{
				`sum by (operation) (rate(storyreel_s3_call_seconds_count{operation!="Sign"}[5m]))`, "{{operation}}",
			}},
		},
		{
			title: "Time of calls", about: "95th percentile, up to the head of the answer.", unit: "s",
			targets: []target{
				{
					`histogram_quantile(0.95, sum by (le, operation) (rate(storyreel_s3_call_seconds_bucket[5m])))`,
					"{{operation}}",
				},
			},
		},
		{
			title: "Failures", about: "By who failed.", unit: "ops", stacked: true,
			targets: []target{{`sum by (class) (rate(storyreel_s3_failures_total[5m]))`, "{{class}}"}},
		},
	}}
}

func webhooksRow() row {
	return row{"Webhooks", []panel{
		{
			title: "Requests", about: "By how they ended; a receiver that is away makes retries.", unit: "ops",
			stacked: true,
			targets: []target{{
				`sum by (outcome) (rate(storyreel_webhook_attempts_total[5m]))`, "{{outcome}}",
			}},
		},
		{
			title: "Oldest event", about: "That waits for a webhook.", unit: "s",
			targets: []target{{`max(storyreel_webhook_oldest_seconds)`, "oldest"}},
		},
	}}
}

func processRow() row {
	return row{"Processes", []panel{
		{
			title: "Services", about: "0 where a process does not reach one.", unit: "short",
			targets: []target{{`min by (service) (storyreel_service_up)`, "{{service}}"}},
		},
		{
			title: "Memory", unit: "bytes",
			targets: []target{{`process_resident_memory_bytes{job=~"storyreel-.*"}`, "{{instance}}"}},
		},
		{
			title: "CPU", unit: "percentunit",
			targets: []target{{`rate(process_cpu_seconds_total{job=~"storyreel-.*"}[5m])`, "{{instance}}"}},
		},
		{
			title: "Versions", unit: "short", stat: true,
			targets: []target{
				{`count by (version) (storyreel_build_info)`, "{{version}}"},
				{`max(storyreel_schema_version{of="database"})`, "schema"},
				{`max(storyreel_schema_fills_open)`, "open fills"},
			},
		},
		{
			title: "Last audit", about: "Findings by check, and how many stories were looked at.", unit: "short",
			stat: true,
			targets: []target{
				{`max(storyreel_audit_stories)`, "stories"},
				{`max by (code) (storyreel_audit_findings) > 0`, "{{code}}"},
			},
		},
	}}
}

func signalsRow() row {
	return row{
		"Golden signals",
		[]panel{
			{
				title: "Requests", about: "By operation of the API.", unit: "reqps", stacked: true,
				targets: []target{{`topk(10, storyreel:http_requests:rate5m)`, "{{operation}}"}},
			},
			{
				title:   "Errors",
				about:   "Share of answers with 5xx. Above 2 % somebody is paged.",
				unit:    "percentunit",
				targets: []target{{`storyreel:http_errors:ratio5m`, "5xx"}},
			},
			{
				title: "Errors by operation", unit: "reqps", stacked: true,
				targets: []target{
					{
						`sum by (operation, status) (rate(storyreel_http_request_seconds_count{status=~"5.."}[5m]))`,
						"{{operation}} {{status}}",
					},
				},
			},
		},
	}
}

func latencyRow() row {
	return row{
		"Latency",
		[]panel{
			{
				title: "All operations",
				about: "Without event streams, which last as long as somebody listens.",
				unit:  "s",
				targets: []target{
					{latency("0.5", `operation!="story-events"`), "p50"},
					{latency("0.95", `operation!="story-events"`), "p95"},
					{latency("0.99", `operation!="story-events"`), "p99"},
				},
			},
			{
				title: "Feed", about: "What brands' pages wait for.", unit: "s",
				targets: []target{
					{latency("0.5", `operation="list-feed"`), "p50"}, {`storyreel:feed_seconds:p95_5m`, "p95"},
				},
			},
			{
				title: "Slowest operations", about: "95th percentile.", unit: "s",
				targets: []target{{
					`topk(8, histogram_quantile(0.95, sum by (le, operation) ` +
						`(rate(storyreel_http_request_seconds_bucket{operation!="story-events"}[5m]))))`,
					"{{operation}}",
				}},
			},
		},
	}
}
