package main

// pipeline shows whether work is done: what waits, who works, what fails.
func pipeline() dashboard {
	return dashboard{
		"storyreel-pipeline",
		"Storyreel: pipeline",
		"Queues, workers, jobs and their failures.",
		[]row{
			queuesRow(),
			jobsRow(),
			failuresRow(),
			machinesRow(),
		},
	}
}

func jobTime(quantile string) string {
	return `histogram_quantile(` + quantile +
		`, sum by (le, kind) (rate(storyreel_job_seconds_bucket{outcome="done"}[30m])))`
}

func machinesRow() row {
	return row{
		"Machines and safety",
		[]panel{
			{
				title: "Paused workers", unit: "short",
				targets: []target{{`storyreel_worker_paused > 0`, "{{instance}} {{code}}"}},
			},
			{
				title: "Free disk", unit: "bytes",
				targets: []target{{`storyreel_disk_free_bytes`, "{{instance}} {{disk}}"}},
			},
			{
				title: "Sweep",
				about: "Rounds, what was found where no state allows it, and purges of caches.",
				unit:  "ops",
				targets: []target{
					{`sum by (outcome) (rate(storyreel_sweeps_total[5m]))`, "rounds {{outcome}}"},
					{`sum by (what) (rate(storyreel_drift_total[5m]))`, "drift {{what}}"},
					{`sum by (outcome) (rate(storyreel_purges_total[5m]))`, "purges {{outcome}}"},
				},
			},
			{
				title: "Sandbox",
				about: "2: fully confined.",
				unit:  "short",
				stat:  true,
				targets: []target{
					{`min by (instance) (storyreel_sandbox_level{job="storyreel-worker"})`, "{{instance}}"},
				},
			},
		},
	}
}

func queuesRow() row {
	return row{"Queues", []panel{
		{
			title: "Announced work", unit: "short",
			targets: []target{{
				`max by (queue, state) (storyreel_queue_tasks{state=~"pending|active|retry"})`, "{{queue}} {{state}}",
			}},
		},
		{
			title: "Oldest announcement", unit: "s",
			targets: []target{{`max by (queue) (storyreel_queue_latency_seconds)`, "{{queue}}"}},
		},
		{
			title: "Workers", about: "Processes that take work of the queue.", unit: "short",
			targets: []target{{`max by (queue) (storyreel_queue_workers)`, "{{queue}}"}},
		},
		{
			title: "Oldest wait", about: "Retries go on with the same wait.", unit: "s",
			targets: []target{{`max by (wait) (storyreel_oldest_story_seconds{wait!="decision"})`, "{{wait}}"}},
		},
	}}
}

func jobsRow() row {
	return row{"Jobs", []panel{
		{
			title: "Ended attempts", unit: "ops", stacked: true,
			targets: []target{{
				`sum by (kind, outcome) (rate(storyreel_jobs_total[5m]))`, "{{kind}} {{outcome}}",
			}},
		},
		{
			title: "Time of attempts", about: "Median and 95th percentile of those that were done.", unit: "s",
			targets: []target{
				{jobTime("0.5"), "{{kind}} p50"}, {jobTime("0.95"), "{{kind}} p95"},
			},
		},
		{
			title: "CPU of ffmpeg", about: "Cores in use.", unit: "short", stacked: true,
			targets: []target{{`sum by (kind) (rate(storyreel_job_cpu_seconds_total[5m]))`, "{{kind}}"}},
		},
	}}
}

func failuresRow() row {
	return row{
		"Failures",
		[]panel{
			{
				title:   "Ours",
				about:   "By code. Above a tenth of attempts somebody is paged.",
				unit:    "ops",
				stacked: true,
				targets: []target{{
					`sum by (kind, code) (rate(storyreel_jobs_total{cause="ours"}[15m]))`, "{{kind}} {{code}}",
				}},
			},
			{
				title:   "Refused files",
				about:   "By code.",
				unit:    "ops",
				stacked: true,
				targets: []target{
					{`sum by (code) (rate(storyreel_jobs_total{cause="input"}[15m]))`, "{{code}}"},
				},
			},
			{
				title: "Shares", unit: "percentunit",
				targets: []target{
					{`storyreel:jobs_failed_ours:ratio30m`, "{{kind}}, ours"},
					{`storyreel:jobs_refused_input:ratio1h`, "refused files"},
				},
			},
		},
	}
}
