package main

// moderation shows how stories come in, wait for people, and leave.
func moderation() dashboard {
	return dashboard{
		"storyreel-moderation",
		"Storyreel: moderation",
		"Stories by state, waits for people, uploads and retention.",
		[]row{
			nowRow(),
			backlogRow(),
			uploadsRow(),
			retentionRow(),
		},
	}
}

func nowRow() row {
	return row{"Now", []panel{
		{
			title: "Wait for a decision", unit: "short", stat: true,
			targets: []target{{`max(storyreel_stories{state="in_review"})`, "stories"}},
		},
		{
			title: "Longest wait for a decision", unit: "s", stat: true,
			targets: []target{{`max(storyreel_oldest_story_seconds{wait="decision"})`, "oldest"}},
		},
		{
			title: "Published", unit: "short", stat: true,
			targets: []target{{`max(storyreel_stories{state="published"})`, "stories"}},
		},
		{
			title: "Failed", unit: "short", stat: true,
			targets: []target{{`max(storyreel_stories{state="failed"})`, "stories"}},
		},
	}}
}

func backlogRow() row {
	return row{
		"Backlog",
		[]panel{
			{
				title: "Stories on their way", unit: "short", stacked: true,
				targets: []target{
					{
						`max by (state) (storyreel_stories{` +
							`state=~"awaiting_upload|uploaded|preparing|in_review|approved|publishing"})`,
						"{{state}}",
					},
				},
			},
			{
				title: "Longest waits", unit: "s",
				targets: []target{{`max by (wait) (storyreel_oldest_story_seconds)`, "{{wait}}"}},
			},
			{
				title:   "Decisions",
				about:   "Requests that decide, by status: 409 is somebody else's earlier decision.",
				unit:    "reqps",
				stacked: true,
				targets: []target{{
					`sum by (operation, status) ` +
						`(rate(storyreel_http_request_seconds_count{operation=~"decide|decide-many"}[15m]))`,
					"{{operation}} {{status}}",
				}},
			},
		},
	}
}

func uploadsRow() row {
	return row{"Uploads", []panel{
		{
			title: "Files", unit: "ops",
			targets: []target{{`sum by (stage) (rate(storyreel_uploads_total[15m]))`, "{{stage}}"}},
		},
		{
			title: "Bytes", unit: "Bps",
			targets: []target{{`sum by (stage) (rate(storyreel_upload_bytes_total[15m]))`, "{{stage}}"}},
		},
		{
			title: "Signatures", about: "95th percentile of the time to make one.", unit: "s",
			targets: []target{
				{
					`histogram_quantile(0.95, sum by (le) ` +
						`(rate(storyreel_s3_call_seconds_bucket{operation="Sign"}[5m])))`,
					"sign",
				},
			},
		},
	}}
}

func retentionRow() row {
	return row{"Retention", []panel{
		{
			title: "Due", about: "Stories whose period is over, up to 1000 of a class.", unit: "short",
			targets: []target{{`max by (class) (storyreel_retention_due)`, "{{class}}"}},
		},
		{
			title: "Ended", unit: "short", stacked: true,
			targets: []target{{`sum by (class) (increase(storyreel_retention_ended_total[1d]))`, "{{class}}"}},
		},
		{
			title: "All stories", unit: "short", stacked: true,
			targets: []target{{`max by (state) (storyreel_stories)`, "{{state}}"}},
		},
	}}
}
