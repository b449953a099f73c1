INSERT INTO "campaigns" ("id", "slug", "title", "hashtag", "prompt", "policy", "zone", "opens_at", "closes_at", "limits", "ad_slots", "questions", "countries", "origins", "created_at", "updated_at") VALUES ('01a21b14-760e-7ecd-ab89-00d927573457', 'c-01a21b14-760e-ef80e3cc0500', 'Test', '', '', '', 'UTC', 1777636800123456, 0, '{"max_bytes":2147483648,"min_duration_ns":3000000000,"max_duration_ns":180000000000,"min_age":18}', '["ad-1","ad-2","ad-3"]', 'null', 'null', 'null', 1777636800123456, 1777636800123456)
;
INSERT INTO "stories" ("id", "campaign_id", "state", "version", "name", "email", "country", "locale", "title", "body", "song", "song_fold", "artist_fold", "answers", "cut", "quality", "dice", "release", "upload", "source", "media", "findings", "review_set", "public_set", "orientation", "duration_ms", "work", "attempt", "tries", "next_run_at", "heartbeat_at", "dispatched_at", "progress", "failure", "escalated", "claimed_by", "claimed_name", "claimed_until", "created_at", "updated_at", "published_at", "waiting_since", "source_kept", "full_address") VALUES ('01a21b14-7612-73f8-b808-c52e792ebb50', '01a21b14-760e-7ecd-ab89-00d927573457', 'awaiting_upload', 1, 'Zoë', 'zoe@example.com', 'DE', 'de', 'That summer', 'We danced on the roof.', '{"title":"Heroes","artist":"David Bowie","isrc":"GBAYE7700123","link":"https://example.com/heroes"}', 'heroes', 'david bowie', 'null', '{"from_ns":0}', 0, 1650796831, '{"version":2,"text_sha256":"ab","locale":"en","agreed_at":"2026-05-01T12:00:00.123456Z","address":"192.0.2.7","of_age":true,"others_agreed":true,"source_sha256":"","withdrawn_at":"0001-01-01T00:00:00Z"}', '{"id":"u1","key":"incoming/x/u1","multipart":"mp","bytes":20971520,"part_size":8388608,"content_type":"video/mp4","file_name":"it''s \"me\".mp4","expires_at":"2026-05-01T13:00:00.123456Z"}', 'null', 'null', 'null', 'null', 'null', '', 0, '', 0, 0, 1777636860123456, 0, 0, 0, 'null', FALSE, '', '', 0, 1777636800123456, 1777636800123456, 0, 0, FALSE, TRUE)
;
INSERT INTO lookup_texts (story_id, campaign_id, tsv)
			VALUES ('01a21b14-7612-73f8-b808-c52e792ebb50', '01a21b14-760e-7ecd-ab89-00d927573457', to_tsvector('simple', 'heroes eroes roes oes es s david avid vid id d bowie owie wie ie e zoe oe e'))
			ON CONFLICT (story_id) DO UPDATE SET tsv = excluded.tsv
;
INSERT INTO story_counts (campaign_id, state, shard, n) VALUES ('01a21b14-760e-7ecd-ab89-00d927573457', 'awaiting_upload', 15, 1)
			ON CONFLICT (campaign_id, state, shard) DO UPDATE SET n = story_counts.n + excluded.n
;
INSERT INTO "history" ("id", "story_id", "at", "actor_role", "actor_id", "actor_name", "event", "from_state", "to_state", "reason", "note") VALUES ('01a21b14-7612-740a-a0f9-ffab53e51e62', '01a21b14-7612-73f8-b808-c52e792ebb50', 1777636800123456, 'moderator', 'u-ana', 'Ana', 'created', '', 'awaiting_upload', '', '')
;
INSERT INTO story_tokens (hash, story_id) VALUES ('token-01a21b14-7612-73f8-b808-c52e792ebb50', '01a21b14-7612-73f8-b808-c52e792ebb50')
;
UPDATE "stories" AS "stories" SET "state" = 'failed', "version" = 2, "name" = 'Zoë', "email" = 'zoe@example.com', "country" = 'DE', "locale" = 'de', "title" = 'That summer', "body" = 'We danced on the roof.', "song" = '{"title":"Heroes","artist":"David Bowie","isrc":"GBAYE7700123","link":"https://example.com/heroes"}', "song_fold" = 'heroes', "artist_fold" = 'david bowie', "answers" = 'null', "cut" = '{"from_ns":0}', "quality" = 0, "dice" = 757906412, "release" = '{"version":2,"text_sha256":"ab","locale":"en","agreed_at":"2026-05-01T12:00:00.123456Z","address":"192.0.2.7","of_age":true,"others_agreed":true,"source_sha256":"","withdrawn_at":"0001-01-01T00:00:00Z"}', "upload" = '{"id":"u1","key":"incoming/x/u1","multipart":"mp","bytes":20971520,"part_size":8388608,"content_type":"video/mp4","file_name":"it''s \"me\".mp4","expires_at":"2026-05-01T13:00:00.123456Z"}', "source" = 'null', "media" = 'null', "findings" = 'null', "review_set" = 'null', "public_set" = 'null', "orientation" = '', "duration_ms" = 0, "work" = '', "attempt" = 0, "tries" = 0, "next_run_at" = 1777636860123456, "heartbeat_at" = 0, "dispatched_at" = 0, "progress" = 0, "failure" = 'null', "escalated" = FALSE, "claimed_by" = '', "claimed_name" = '', "claimed_until" = 0, "updated_at" = 1777636800123456, "published_at" = 0, "source_kept" = FALSE, "full_address" = TRUE WHERE (id = '01a21b14-7649-7013-94dd-d9316ba4b84d') AND (version = 1)
;
INSERT INTO story_counts (campaign_id, state, shard, n) VALUES ('01a21b14-760e-7ecd-ab89-00d927573457', 'awaiting_upload', 12, -1)
			ON CONFLICT (campaign_id, state, shard) DO UPDATE SET n = story_counts.n + excluded.n
;
SELECT id, state FROM stories WHERE id IN ('01a21b14-7612-73f8-b808-c52e792ebb50', '01a21b14-7649-7013-94dd-d9316ba4b84d', 'unknown')
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (id = '01a21b14-7f25-7adf-a77b-d6f669dd4fb6')
;
UPDATE "stories" AS "stories" SET "state" = 'awaiting_upload', "version" = 2, "name" = 'Zoë', "email" = 'zoe@example.com', "country" = 'DE', "locale" = 'de', "title" = 'writer 2', "body" = 'We danced on the roof.', "song" = '{"title":"Heroes","artist":"David Bowie","isrc":"GBAYE7700123","link":"https://example.com/heroes"}', "song_fold" = 'heroes', "artist_fold" = 'david bowie', "answers" = 'null', "cut" = '{"from_ns":0}', "quality" = 0, "dice" = 1257689198, "release" = '{"version":2,"text_sha256":"ab","locale":"en","agreed_at":"2026-05-01T12:00:00.123456Z","address":"192.0.2.7","of_age":true,"others_agreed":true,"source_sha256":"","withdrawn_at":"0001-01-01T00:00:00Z"}', "upload" = '{"id":"u1","key":"incoming/x/u1","multipart":"mp","bytes":20971520,"part_size":8388608,"content_type":"video/mp4","file_name":"it''s \"me\".mp4","expires_at":"2026-05-01T13:00:00.123456Z"}', "source" = 'null', "media" = 'null', "findings" = 'null', "review_set" = 'null', "public_set" = 'null', "orientation" = '', "duration_ms" = 0, "work" = '', "attempt" = 0, "tries" = 0, "next_run_at" = 1777636860123456, "heartbeat_at" = 0, "dispatched_at" = 0, "progress" = 0, "failure" = 'null', "escalated" = FALSE, "claimed_by" = '', "claimed_name" = '', "claimed_until" = 0, "updated_at" = 1777636800123456, "published_at" = 0, "waiting_since" = 1777636800123456, "source_kept" = FALSE, "full_address" = TRUE WHERE (id = '01a21b14-7f25-7adf-a77b-d6f669dd4fb6') AND (version = 1)
;
SELECT "history_row"."id", "history_row"."story_id", "history_row"."at", "history_row"."actor_role", "history_row"."actor_id", "history_row"."actor_name", "history_row"."event", "history_row"."from_state", "history_row"."to_state", "history_row"."reason", "history_row"."note" FROM "history" AS "history_row" WHERE (story_id = '01a21b14-7f25-7adf-a77b-d6f669dd4fb6') ORDER BY "id"
;
UPDATE "stories" AS "stories" SET "state" = 'preparing', "version" = 2, "name" = 'Zoë', "email" = 'zoe@example.com', "country" = 'DE', "locale" = 'de', "title" = 'That summer', "body" = 'We danced on the roof.', "song" = '{"title":"Heroes","artist":"David Bowie","isrc":"GBAYE7700123","link":"https://example.com/heroes"}', "song_fold" = 'heroes', "artist_fold" = 'david bowie', "answers" = 'null', "cut" = '{"from_ns":0}', "quality" = 20, "dice" = 1596666659, "release" = '{"version":2,"text_sha256":"ab","locale":"en","agreed_at":"2026-05-01T12:00:00.123456Z","address":"192.0.2.7","of_age":true,"others_agreed":true,"source_sha256":"","withdrawn_at":"0001-01-01T00:00:00Z"}', "upload" = '{"id":"u1","key":"incoming/x/u1","multipart":"mp","bytes":20971520,"part_size":8388608,"content_type":"video/mp4","file_name":"it''s \"me\".mp4","expires_at":"2026-05-01T13:00:00.123456Z"}', "source" = '{"key":"sources/x","bytes":5,"etag":"e","sha256":"s"}', "media" = '{"container":"mov","bytes":0,"duration_ns":3000000000,"bitrate":0,"streams":0,"video":{"index":0,"codec":"hevc","coded_width":0,"coded_height":0,"width":0,"height":0,"sar_num":0,"sar_den":0,"rotation":0,"pixel_format":"","bit_depth":0,"rate":{"num":30000,"den":1001},"avg_rate":0,"start":0},"audio":{"index":0,"codec":"aac","channels":0,"sample_rate":0,"start":0}}', "findings" = '{"loudness_lufs":-16.5,"silent":false,"short_edge":0,"orientation":"","effective_bitrate":0,"black":[{"from":1,"to":2}]}', "review_set" = '{"prefix":"review/x/1/","mp4":"review.mp4","width":480,"height":854,"duration_ns":3000000000,"bytes":0}', "public_set" = 'null', "orientation" = 'portrait', "duration_ms" = 3000, "work" = 'prepare', "attempt" = 3, "tries" = 2, "next_run_at" = 1777636860123456, "heartbeat_at" = 1777636801123456, "dispatched_at" = 0, "progress" = 0.25, "failure" = '{"code":"too_long","detail":"six minutes","job":"prepare"}', "escalated" = TRUE, "claimed_by" = '', "claimed_name" = '', "claimed_until" = 0, "updated_at" = 1777636802123456, "published_at" = 0, "source_kept" = TRUE, "full_address" = TRUE WHERE (id = '01a21b14-8a5e-7eb0-8d29-0eb15c7e0940') AND (version = 1)
;
INSERT INTO leases (name, holder, until) VALUES ('sweep', 'a', 1777636815123456)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until < 1777636800123456
;
DELETE FROM leases WHERE name = 'sweep' AND holder = 'b'
;
DELETE FROM story_warnings WHERE story_id = '01a21b14-9db9-7085-b42c-57705b3a760a'
;
INSERT INTO story_warnings (story_id, warning, campaign_id, state, updated_at)
			VALUES ('01a21b14-9db9-7085-b42c-57705b3a760a', 'silent', '01a21b14-9db8-7372-a402-9d1c0dbc5ac9', 'awaiting_upload', 1777636800123456) ON CONFLICT (story_id, warning) DO NOTHING
;
DELETE FROM old_prints WHERE story_id = '01a21b14-9db9-7085-b42c-57705b3a760a'
;
DELETE FROM prints WHERE story = '01a21b14-9db9-7085-b42c-57705b3a760a'
;
INSERT INTO "prints" ("campaign", "value", "story") VALUES (-713557148, 32142, '01a21b14-9db9-7085-b42c-57705b3a760a'), (-713557148, 88940, '01a21b14-9db9-7085-b42c-57705b3a760a'), (-713557148, 135844, '01a21b14-9db9-7085-b42c-57705b3a760a'), (-713557148, 196863, '01a21b14-9db9-7085-b42c-57705b3a760a')
;
SELECT story_id AS id, updated_at FROM "story_warnings" WHERE (campaign_id = '01a21b14-9db8-7372-a402-9d1c0dbc5ac9') AND (warning = 'silent') ORDER BY updated_at DESC, story_id DESC LIMIT 10
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (id IN ('01a21b14-9df6-77e0-8f6e-178f50e3cdfb', '01a21b14-9db9-7085-b42c-57705b3a760a'))
;
SELECT "id" FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a1e6-78a8-948c-3d4d059eec03') AND (claimed_until <= 1777636800123456) AND (NOT escalated) ORDER BY "id" LIMIT 1 FOR UPDATE SKIP LOCKED
;
UPDATE stories SET claimed_by = 'u-ana', claimed_name = 'Ana', claimed_until = 1777636860123456 WHERE id IN ('01a21b14-a1e7-73d2-80a2-c00ccfa212d9')
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (id IN ('01a21b14-a1e7-73d2-80a2-c00ccfa212d9')) ORDER BY "id"
;
SELECT "id" FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a1e6-78a8-948c-3d4d059eec03') AND (claimed_until <= 1777636800123456) AND (NOT escalated) AND (id NOT IN ('01a21b14-a1f2-7e3c-91a5-a5944f67a47d')) ORDER BY "id" LIMIT 5 FOR UPDATE SKIP LOCKED
;
UPDATE stories SET claimed_until = 1777636920123456 WHERE state = 'in_review' AND claimed_by <> '' AND claimed_by = 'u-ana'
				AND claimed_until > 1777636800123456
;
UPDATE stories SET claimed_by = '', claimed_name = '', claimed_until = 0 WHERE id = '01a21b14-a1e7-73d2-80a2-c00ccfa212d9' AND claimed_by = 'u-ana'
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (state = 'in_review') AND (claimed_by <> '') AND (claimed_by = 'u-ben') AND (claimed_until > 1777636921123456) ORDER BY "id"
;
UPDATE captions SET pending = FALSE WHERE story_id = '01a21b14-a1e7-73d2-80a2-c00ccfa212d9' AND pending
;
INSERT INTO "decisions" ("id", "story_id", "campaign_id", "at", "actor_id", "actor_name", "event", "overturned") VALUES ('01a21b14-a228-7751-b740-e740dd0de7d3', '01a21b14-a1e7-73d2-80a2-c00ccfa212d9', '01a21b14-a1e6-78a8-948c-3d4d059eec03', 1777636800123456, 'u-ana', 'Ana', 'approved', FALSE)
;
INSERT INTO decision_counts
		(campaign_id, hour, actor_id, actor_name, approved, rejected, escalated, overturned)
		VALUES ('01a21b14-a1e6-78a8-948c-3d4d059eec03', 493788, 'u-ana', 'Ana', 1, 0, 0, 0)
		ON CONFLICT (campaign_id, hour, actor_id) DO UPDATE SET actor_name = excluded.actor_name,
		approved = decision_counts.approved + excluded.approved,
		rejected = decision_counts.rejected + excluded.rejected,
		escalated = decision_counts.escalated + excluded.escalated,
		overturned = decision_counts.overturned + excluded.overturned
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a1e6-78a8-948c-3d4d059eec03') AND (id > '') ORDER BY "id" LIMIT 10
;
SELECT (SELECT coalesce(sum(n), 0) FROM "story_counts" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a3c9-783c-a87a-869bb0da1d51')), (SELECT count(*) FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a3c9-783c-a87a-869bb0da1d51') AND (claimed_by <> '') AND (claimed_until > 1777636800123456)), (SELECT count(*) FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a3c9-783c-a87a-869bb0da1d51') AND (escalated)), coalesce((SELECT "created_at" FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a3c9-783c-a87a-869bb0da1d51') ORDER BY "id" LIMIT 1), 0)
;
SELECT "decisions"."id", "decisions"."story_id", "decisions"."campaign_id", "decisions"."at", "decisions"."actor_id", "decisions"."actor_name", "decisions"."event", "decisions"."overturned" FROM "decisions" WHERE (story_id = '01a21b14-a6b1-7d1f-bb7a-8352f212101f') AND (event = 'approved') AND (actor_id <> 'u-ben') AND (NOT overturned) ORDER BY "at", "id"
;
UPDATE decisions SET overturned = TRUE WHERE id = '01a21b14-a711-7299-8a6a-ce3f6da2e2ba'
;
SELECT actor_id, max(actor_name) AS actor_name, sum(approved) AS approved, sum(rejected) AS rejected, sum(escalated) AS escalated, sum(overturned) AS overturned FROM "decision_counts" WHERE (hour >= 493788) AND (campaign_id = '01a21b14-a6b0-7c6a-9983-548173423098') GROUP BY "actor_id" ORDER BY sum(approved) + sum(rejected) + sum(escalated) DESC, actor_id
;
SELECT "story_id" FROM "decisions" WHERE (at >= 1777636800123456) AND (event IN ('approved', 'rejected')) AND (actor_id <> 'u-ben') AND (campaign_id = '01a21b14-a6b0-7c6a-9983-548173423098') ORDER BY at DESC, story_id LIMIT 10
;
SELECT claimed_name AS name, count(*) AS holding, max(claimed_until) AS until FROM "stories" WHERE (state = 'in_review') AND (campaign_id = '01a21b14-a6b0-7c6a-9983-548173423098') AND (claimed_by <> '') AND (claimed_until > 1777636800123456) GROUP BY "claimed_by", "claimed_name" ORDER BY "claimed_name"
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (campaign_id = '01a21b14-a88a-7727-8e6e-503d83120d57') AND (email <> '') AND (email = 'zoe@example.com') AND (id <> '01a21b14-a88b-787e-aab5-900de4916f9d') ORDER BY "id" DESC LIMIT 10
;
INSERT INTO "prints" ("campaign", "value", "story") VALUES (1942531390, 31112, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 32142, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 88938, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 88940, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 135844, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 146764, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 196863, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb'), (1942531390, 204590, '01a21b14-aa8f-7150-a12b-7b351bcd1fbb')
;
INSERT INTO "prints" ("campaign", "value", "story") VALUES (-907987877, 31112, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 32142, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 88938, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 88940, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 135844, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 146764, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 196863, '01a21b14-aac4-7690-b012-d6f87abfba3f'), (-907987877, 204590, '01a21b14-aac4-7690-b012-d6f87abfba3f')
;
SELECT story FROM (SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 31112
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 32142
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 88938
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 88940
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 135844
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 146764
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 196863
			ORDER BY story DESC LIMIT 1000) AS one UNION ALL SELECT * FROM (SELECT story FROM prints WHERE campaign = 1942531390 AND value = 204590
			ORDER BY story DESC LIMIT 1000) AS one) AS shared
		WHERE story <> '01a21b14-aa8f-7150-a12b-7b351bcd1fbb' GROUP BY story ORDER BY count(*) DESC, story LIMIT 10
;
SELECT vtt FROM captions WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333' ORDER BY locale
;
SELECT story_id, tag FROM tags WHERE story_id IN ('01a21b14-aaaa-7a85-808e-e9b6d7d3f333') ORDER BY story_id, tag
;
UPDATE attempts SET error = '' WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
DELETE FROM captions WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
UPDATE history SET note = '' WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
UPDATE holds SET reason = '' WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
DELETE FROM idempotency WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
DELETE FROM selection WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
DELETE FROM shortlist WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
DELETE FROM tags WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
DELETE FROM votes WHERE story_id = '01a21b14-aaaa-7a85-808e-e9b6d7d3f333'
;
SELECT id, name, query FROM saved_searches WHERE campaign_id = '01a21b14-aa8c-7e84-a571-5d3fa5e3cfe4'
;
INSERT INTO purges (story_id, at) VALUES ('01a21b14-aaaa-7a85-808e-e9b6d7d3f333', 1777636800123456)
;
INSERT INTO story_search (story_id, campaign_id, published_at, tsv)
			VALUES ('01a21b14-ad04-7d42-9e0f-0dc7f8578080', '01a21b14-ad03-793f-be05-1ac035c7978d', 1777636800123456, to_tsvector('simple', 'heroes david bowie that summer we danced on the roof zoe'))
			ON CONFLICT (story_id) DO UPDATE SET published_at = excluded.published_at, tsv =
			excluded.tsv
;
INSERT INTO "listings" AS "listing_row" ("story_id", "campaign_id", "published_at", "quality", "bucket", "dice", "orientation", "duration_ms", "country", "locale", "song_fold", "artist_fold") VALUES ('01a21b14-ad04-7d42-9e0f-0dc7f8578080', '01a21b14-ad03-793f-be05-1ac035c7978d', 1777636800123456, 0, 659, 1382258094, 'portrait', 20000, 'DE', 'de', 'heroes', 'david bowie') ON CONFLICT (story_id) DO NOTHING
;
INSERT INTO facets (campaign_id, name, value, n) VALUES ('01a21b14-ad03-793f-be05-1ac035c7978d', 'artist', 'david bowie', 1)
			ON CONFLICT (campaign_id, name, value) DO UPDATE
			SET n = facets.n + excluded.n
;
SELECT "id" FROM "stories" WHERE (id > '') AND (public_set <> 'null') AND (state NOT IN ('withdrawn', 'erased')) ORDER BY "id" LIMIT 10
;
SELECT "id" FROM "stories" WHERE (id > '') AND (review_set <> 'null') AND (state NOT IN ('withdrawn', 'erased')) ORDER BY "id" LIMIT 10
;
SELECT "id" FROM "stories" WHERE (id > '') AND (source_kept) AND (state NOT IN ('withdrawn', 'erased')) ORDER BY "id" LIMIT 10
;
SELECT "id" FROM "stories" WHERE (id > '') AND (1 = 0) AND (state NOT IN ('withdrawn', 'erased')) ORDER BY "id" LIMIT 10
;
SELECT count(*) FROM "stories" WHERE (state = 'expired')
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'expired') AND (updated_at <= 1777550400123456) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) ORDER BY "updated_at") AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'expired') AND (updated_at <= 1777550400123456) AND (EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) ORDER BY "updated_at") AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'published') AND (campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= 1777377600123456)) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)))) AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'published') AND (campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= 1777377600123456)) AND (EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)))) AS due
;
SELECT count(*) FROM "stories" WHERE (state = 'published') AND (source_kept)
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'published') AND (source_kept) AND (NOT EXISTS (SELECT 1 FROM shortlist WHERE shortlist.story_id = stories.id)) AND (NOT EXISTS (SELECT 1 FROM selection WHERE selection.story_id = stories.id)) AND (campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= 1777464000123456)) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)))) AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'published') AND (source_kept) AND (NOT EXISTS (SELECT 1 FROM shortlist WHERE shortlist.story_id = stories.id)) AND (NOT EXISTS (SELECT 1 FROM selection WHERE selection.story_id = stories.id)) AND (campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= 1777464000123456)) AND (EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)))) AS due
;
SELECT count(*) FROM "stories" WHERE (full_address)
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (full_address) AND (created_at <= 1777550400123456) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) ORDER BY "created_at") AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (full_address) AND (created_at <= 1777550400123456) AND (EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) ORDER BY "created_at") AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'erased') AND (EXISTS (SELECT 1 FROM history WHERE history.story_id = stories.id)) AND (updated_at <= 1777550400123456) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) ORDER BY "updated_at") AS due
;
SELECT count(*) FROM (SELECT "stories"."id" FROM "stories" WHERE (state = 'erased') AND (EXISTS (SELECT 1 FROM history WHERE history.story_id = stories.id)) AND (updated_at <= 1777550400123456) AND (EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) ORDER BY "updated_at") AS due
;
INSERT INTO holds (id, campaign_id, story_id, reason, actor_id, actor_name, at,
			lifted_id, lifted_name, lifted_at) VALUES ('01a21b14-b0e7-71de-959a-57fc63759eb9', '01a21b14-b0ab-725e-84a8-021b3257c233', '', 'case 12', 'u-ana', 'Ana', 1777982400123456, '', '', 0)
			ON CONFLICT (campaign_id, story_id) WHERE lifted_at = 0 DO NOTHING
;
UPDATE stories SET work = '' WHERE campaign_id = '01a21b14-b0ab-725e-84a8-021b3257c233' AND ('' = '' OR id = '')
			AND state = 'withdrawn' AND public_set = 'null'
;
UPDATE stories SET work = 'remove', dispatched_at = 0
		WHERE state = 'withdrawn' AND work = '' AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))
;
SELECT "stories"."id" FROM "stories" WHERE (state = 'expired') AND (updated_at <= 1777896000123456) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) AND (claimed_until <= 1777982400123456) ORDER BY "updated_at" LIMIT 100
;
SELECT "stories"."id" FROM "stories" WHERE (state = 'published') AND (campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= 1777723200123456)) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) AND (claimed_until <= 1777982400123456) LIMIT 100
;
SELECT "stories"."id" FROM "stories" WHERE (state = 'published') AND (source_kept) AND (NOT EXISTS (SELECT 1 FROM shortlist WHERE shortlist.story_id = stories.id)) AND (NOT EXISTS (SELECT 1 FROM selection WHERE selection.story_id = stories.id)) AND (campaign_id IN (SELECT id FROM campaigns WHERE closes_at > 0 AND closes_at <= 1777809600123456)) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) AND (claimed_until <= 1777982400123456) LIMIT 100
;
SELECT "stories"."id" FROM "stories" WHERE (full_address) AND (created_at <= 1777896000123456) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) AND (claimed_until <= 1777982400123456) ORDER BY "created_at" LIMIT 100
;
SELECT "stories"."id" FROM "stories" WHERE (state = 'erased') AND (EXISTS (SELECT 1 FROM history WHERE history.story_id = stories.id)) AND (updated_at <= 1777896000123456) AND (NOT EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id))) AND (claimed_until <= 1777982400123456) ORDER BY "updated_at" LIMIT 100
;
UPDATE holds SET lifted_id = 'u-ana', lifted_name = 'Ana', lifted_at = 1777982400123456
			WHERE campaign_id = '01a21b14-b0ab-725e-84a8-021b3257c233' AND story_id = '' AND lifted_at = 0
;
DELETE FROM story_search WHERE story_id = '01a21b14-b0c7-798c-9fba-6384fc343538'
;
DELETE FROM listings WHERE story_id = '01a21b14-b0c7-798c-9fba-6384fc343538'
;
INSERT INTO facets (campaign_id, name, value, n) VALUES ('01a21b14-b0ab-725e-84a8-021b3257c233', 'artist', 'david bowie', -1)
			ON CONFLICT (campaign_id, name, value) DO UPDATE
			SET n = facets.n + excluded.n
;
DELETE FROM facets WHERE campaign_id = '01a21b14-b0ab-725e-84a8-021b3257c233' AND name = 'artist' AND value = 'david bowie' AND n <= 0
;
DELETE FROM attempts WHERE story_id = '01a21b14-b0c5-76eb-b965-57d27b4f0742'
;
DELETE FROM history WHERE story_id = '01a21b14-b0c5-76eb-b965-57d27b4f0742'
;
DELETE FROM holds WHERE story_id = '01a21b14-b0c5-76eb-b965-57d27b4f0742'
;
DELETE FROM story_tokens WHERE story_id = '01a21b14-b0c5-76eb-b965-57d27b4f0742'
;
UPDATE stories SET release = '{}' WHERE id = '01a21b14-b0c5-76eb-b965-57d27b4f0742'
;
INSERT INTO "invalidations" AS "invalidation_row" ("story_id", "key", "at") VALUES ('a', 'public/a/2', 1777636800123456), ('a', 'public/a/1', 1777636800123456) ON CONFLICT (story_id, key) DO NOTHING
;
SELECT "invalidation_row"."key" FROM "invalidations" AS "invalidation_row" WHERE (story_id = 'a') ORDER BY "key"
;
SELECT DISTINCT story_id FROM "invalidations" AS "invalidation_row" WHERE (at < 1777636800123456) ORDER BY "story_id" LIMIT 10
;
DELETE FROM "invalidations" AS "invalidation_row" WHERE (story_id = 'a') AND (key IN ('public/a/1', 'public/a/2'))
;
SELECT count(*) FROM story_tokens WHERE hash = 'token-01a21b14-c58c-7a8c-8fbc-83b7377f8feb' AND story_id = '01a21b14-c585-7687-a0f9-1d06da9867b0'
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (state = 'awaiting_upload') AND (next_run_at <= 1777636800123456) ORDER BY "next_run_at" LIMIT 10
;
DELETE FROM lookup_texts WHERE story_id = '01a21b14-cabc-7c9e-b871-9c9900d4894b'
;
INSERT INTO idempotency (key, request, story_id, created_at) VALUES ('01a21b14-cabc-7c56-b527-fdb7159ef79c', 'r', '01a21b14-cabc-7c9e-b871-9c9900d4894b', 1777636800123456) ON CONFLICT
					DO NOTHING
;
SELECT request, story_id, created_at FROM idempotency WHERE key = '01a21b14-cabc-7c56-b527-fdb7159ef79c'
;
DELETE FROM idempotency WHERE created_at < 1777636800123456
;
UPDATE story_counts SET n = n + 2 WHERE state = 'hidden'
;
DELETE FROM facets WHERE name = 'song'
;
DELETE FROM story_counts
;
DELETE FROM story_warnings
;
DELETE FROM decisions
;
DELETE FROM decision_counts
;
DELETE FROM lookup_texts
;
UPDATE fills SET done = FALSE
;
SELECT name, done, at, last FROM fills WHERE name = 'counts'
;
UPDATE fills SET at = '', done = TRUE WHERE name = 'counts'
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."name", "stories"."song_fold", "stories"."artist_fold", "stories"."findings", "stories"."updated_at", "stories"."quality", "stories"."dice", "stories"."published_at", "stories"."orientation", "stories"."duration_ms", "stories"."country", "stories"."locale" FROM "stories" WHERE (id > '') ORDER BY "id" LIMIT 1000 FOR UPDATE
;
SELECT "history_row"."id", "history_row"."story_id", "history_row"."at", "history_row"."actor_role", "history_row"."actor_id", "history_row"."actor_name", "history_row"."event", "history_row"."from_state", "history_row"."to_state", "history_row"."reason", "history_row"."note" FROM "history" AS "history_row" WHERE (story_id > '') AND (story_id <= '01a21b14-d1c7-71f3-83c0-72b726ddb66c') AND (event IN ('approved', 'rejected', 'escalated', 'hidden', 'restored')) ORDER BY "story_id", "id"
;
INSERT INTO "decisions" AS "decisions" ("id", "story_id", "campaign_id", "at", "actor_id", "actor_name", "event", "overturned") VALUES ('01a21b14-d1cc-7511-9376-5b0b3bedf5f6', '01a21b14-d196-7dcd-aa25-ca9025184876', '01a21b14-d196-7089-87ce-324696ee6ca5', 1777636800123456, 'u-ana', 'Ana', 'rejected', FALSE), ('01a21b14-d1d0-70db-b118-a5f14d95f5a8', '01a21b14-d1b5-7527-9940-72a97bc02c96', '01a21b14-d196-7089-87ce-324696ee6ca5', 1777636800123456, 'u-ana', 'Ana', 'rejected', FALSE) ON CONFLICT (id) DO UPDATE SET overturned = decisions.overturned OR EXCLUDED.overturned
;
SELECT id FROM stories WHERE id > '' AND id <= '' ORDER BY id LIMIT 100
;
SELECT count(*) FROM (SELECT tsv FROM "lookup_texts" WHERE campaign_id = '01a21b14-d196-7089-87ce-324696ee6ca5' ORDER BY story_id DESC LIMIT 2000) AS i
		WHERE i.tsv @@ to_tsquery('simple', 'bowie:*')
;
SELECT stories.id, stories.updated_at FROM "stories" JOIN (SELECT "i"."story_id" FROM lookup_texts AS i WHERE (i.campaign_id = '01a21b14-d196-7089-87ce-324696ee6ca5') AND (i.tsv @@ to_tsquery('simple', 'bowie:*')) ORDER BY (i.story_id || '') DESC LIMIT 1000) AS hits ON hits.story_id = stories.id WHERE (stories.campaign_id = '01a21b14-d196-7089-87ce-324696ee6ca5') AND (EXISTS (SELECT 1 FROM story_warnings AS w WHERE w.story_id = stories.id AND w.warning = 'dark')) ORDER BY stories.updated_at DESC, stories.id DESC LIMIT 10
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (stories.campaign_id = '01a21b14-d753-7776-aaec-3cbd6c02f338') AND (state = 'published') ORDER BY "published_at" DESC, "id" DESC LIMIT 2
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (stories.campaign_id = '01a21b14-d753-7776-aaec-3cbd6c02f338') AND (state = 'published') AND ((published_at, id) < (1777636802123456, '01a21b14-d79a-78be-bbab-abc79445dedd')) ORDER BY "published_at" DESC, "id" DESC LIMIT 2
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (stories.campaign_id = '01a21b14-d753-7776-aaec-3cbd6c02f338') AND (state = 'published') AND (country = 'FR') ORDER BY "published_at" DESC, "id" DESC LIMIT 10
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (stories.campaign_id = '01a21b14-d753-7776-aaec-3cbd6c02f338') AND (state = 'published') AND (song_fold = 'la mer') AND (artist_fold = 'charles trenet') ORDER BY "published_at" DESC, "id" DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at ASC, i.story_id ASC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l ORDER BY c.published_at ASC, l.story_id ASC LIMIT 10
;
SELECT count(*) FROM (SELECT tsv FROM "story_search" WHERE campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841' ORDER BY published_at DESC, story_id DESC LIMIT 2000) AS i
		WHERE i.tsv @@ to_tsquery('simple', 'danc:*')
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') AND (i.tsv @@ to_tsquery('simple', 'danc:*')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id", "l"."dice" FROM (SELECT m.story_id, m.published_at, -ts_rank(m.tsv, to_tsquery('simple', 'roof:*')) AS rank FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') AND (i.tsv @@ to_tsquery('simple', 'roof:*')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 2000) AS m) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l ORDER BY c.rank, c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.country = 'AT') AND (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."country" = 'AT') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.song_fold = 'heroes') AND (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."song_fold" = 'heroes') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10000) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."orientation" = 'landscape') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 1 OFFSET 9999) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10000) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."orientation" = 'portrait') AND (l.duration_ms >= 1000) AND (l.duration_ms <= 60000) ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b14-db52-7120-ba35-9e48578bb841') AND (i.tsv @@ to_tsquery('simple', 'danc:*')) AND (((i.published_at + 0), i.story_id) < (1777636802123456, '01a21b14-db72-789b-87b3-337869cb223f')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 5) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l ORDER BY c.published_at DESC, l.story_id DESC LIMIT 5
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE (id = '01a21b14-def6-74e7-938c-dd6eadc0877a') FOR UPDATE
;
INSERT INTO "captions" AS "caption_row" ("story_id", "locale", "label", "vtt", "version", "actor_id", "actor_name", "at", "pending") VALUES ('01a21b14-def6-74e7-938c-dd6eadc0877a', 'en', 'x', 'WEBVTT

00:00:00.000 --> 00:00:01.000
one
', 'v-two', 'u-ana', 'Ana', 1777636800123456, FALSE) ON CONFLICT (story_id, locale) DO UPDATE SET label = EXCLUDED.label, vtt = EXCLUDED.vtt, version = EXCLUDED.version, actor_id = EXCLUDED.actor_id, actor_name = EXCLUDED.actor_name, at = EXCLUDED.at, pending = EXCLUDED.pending
;
SELECT "caption_row"."story_id", "caption_row"."locale", "caption_row"."label", "caption_row"."version", "caption_row"."actor_id", "caption_row"."actor_name", "caption_row"."at", "caption_row"."pending" FROM "captions" AS "caption_row" WHERE (story_id IN ('01a21b14-def6-74e7-938c-dd6eadc0877a', '01a21b14-df11-7861-9b84-c5b967c79f69')) ORDER BY "story_id", "locale"
;
SELECT "caption_row"."story_id", "caption_row"."locale", "caption_row"."label", "caption_row"."vtt", "caption_row"."version", "caption_row"."actor_id", "caption_row"."actor_name", "caption_row"."at", "caption_row"."pending" FROM "captions" AS "caption_row" WHERE (story_id = '01a21b14-def6-74e7-938c-dd6eadc0877a') AND (locale = 'en')
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b14-def4-7809-9647-318780cb3619') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10000) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (NOT EXISTS (SELECT 1 FROM captions WHERE captions.story_id = l.story_id)) ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
DELETE FROM captions WHERE story_id = '01a21b14-def6-74e7-938c-dd6eadc0877a' AND locale = 'en'
;
INSERT INTO selection (campaign_id, slot, story_id, note, from_ms, to_ms, actor_id, actor_name, by_person, at)
			VALUES ('01a21b14-e08e-7840-b3a3-c689fd0dffc7', 'ad-1', '01a21b14-e08f-7b66-9773-51ab5127b891', 'the roof', 1000, 4000, 'u-ana', 'Ana', FALSE, 1777636800123456)
;
UPDATE selection SET confirmed_id = 'u-ben', confirmed_name = 'Ben', confirmed_at = 1777636860123456 WHERE campaign_id = '01a21b14-e08e-7840-b3a3-c689fd0dffc7'
				AND slot = 'ad-1' AND story_id = '01a21b14-e08f-7b66-9773-51ab5127b891' AND at = 1777636800123456
;
SELECT slot, story_id, note, actor_id, actor_name, at, by_person, from_ms, to_ms, confirmed_id,
			confirmed_name, confirmed_at FROM selection WHERE campaign_id = '01a21b14-e08e-7840-b3a3-c689fd0dffc7' AND ('' = '' OR story_id = '') ORDER BY slot
;
UPDATE selection SET note = 'higher', from_ms = 1500, to_ms = 4000, actor_id = 'u-ben', actor_name = 'Ben',
		by_person = FALSE, at = 1777640400123456, confirmed_id = '', confirmed_name = '', confirmed_at = 0
		WHERE campaign_id = '01a21b14-e08e-7840-b3a3-c689fd0dffc7' AND slot = 'ad-1' AND story_id = '01a21b14-e08f-7b66-9773-51ab5127b891'
;
INSERT INTO shortlist (campaign_id, story_id, note, actor_id, actor_name, at)
		VALUES ('01a21b14-e955-7ea9-b6d8-3b44e7675ffd', '01a21b14-e956-7a18-bbfd-5f18cde1d680', 'x', 'u-ben', 'Ben', 1777636800123456)
		ON CONFLICT (campaign_id, story_id) DO UPDATE SET note = excluded.note, actor_id = excluded.actor_id,
		actor_name = excluded.actor_name
;
SELECT story_id, note, actor_id, actor_name, at FROM shortlist WHERE campaign_id = '01a21b14-e955-7ea9-b6d8-3b44e7675ffd' AND ('' = '' OR story_id = '')
			ORDER BY at DESC, story_id DESC
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i JOIN shortlist AS t ON t.story_id = i.story_id WHERE (t.campaign_id = '01a21b14-e955-7ea9-b6d8-3b44e7675ffd') AND (i.campaign_id = '01a21b14-e955-7ea9-b6d8-3b44e7675ffd') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (EXISTS (SELECT 1 FROM shortlist AS n WHERE n.campaign_id = '01a21b14-e955-7ea9-b6d8-3b44e7675ffd' AND n.story_id = l.story_id)) ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
DELETE FROM shortlist WHERE campaign_id = '01a21b14-e955-7ea9-b6d8-3b44e7675ffd' AND story_id = '01a21b14-e956-7a18-bbfd-5f18cde1d680'
;
DELETE FROM selection WHERE campaign_id = '01a21b14-ec08-76ae-ac4e-e6729bafcec2' AND slot = 'ad-1'
;
INSERT INTO votes (campaign_id, story_id, actor_id, actor_name, value, reason, at)
		VALUES ('01a21b14-f484-7407-9dc3-24c3ccf5dcb8', '01a21b14-f4a6-7d35-8019-dd5d4e179d58', 'u-ana', 'Ana', 1, 'goosebumps', 1777636800123456)
		ON CONFLICT (campaign_id, story_id, actor_id) DO UPDATE
		SET value = excluded.value, reason = excluded.reason, at = excluded.at
;
INSERT INTO votes (campaign_id, story_id, actor_id, actor_name, value, reason, at)
		VALUES ('01a21b14-f484-7407-9dc3-24c3ccf5dcb8', '01a21b14-f4a6-7d35-8019-dd5d4e179d58', 'u-ben', 'Ben', -1, 'too long', 1777636800123456)
		ON CONFLICT (campaign_id, story_id, actor_id) DO UPDATE
		SET value = excluded.value, reason = excluded.reason, at = excluded.at
;
SELECT story_id, actor_id, actor_name, at, value, reason FROM votes WHERE campaign_id = '01a21b14-f484-7407-9dc3-24c3ccf5dcb8' AND ('' = '' OR story_id = '')
			ORDER BY at, actor_id
;
DELETE FROM votes WHERE campaign_id = '01a21b14-f484-7407-9dc3-24c3ccf5dcb8' AND story_id = '01a21b14-f4a6-7d35-8019-dd5d4e179d58' AND actor_id = 'u-ben'
;
INSERT INTO saved_searches (id, campaign_id, name, query, actor_id, actor_name, at)
		VALUES ('001a21b14-f4e6-7d55-b05a-0eece990ff2b', '01a21b14-f484-7407-9dc3-24c3ccf5dcb8', 'Roofs', 'q=roof', 'u-ana', 'Ana', 1777636800123456)
		ON CONFLICT (campaign_id, name) DO UPDATE SET query = excluded.query, actor_id = excluded.actor_id,
		actor_name = excluded.actor_name, at = excluded.at
;
SELECT id, name, query, actor_id, actor_name, at FROM saved_searches WHERE campaign_id = '01a21b14-f484-7407-9dc3-24c3ccf5dcb8' ORDER BY name
;
DELETE FROM saved_searches WHERE campaign_id = '01a21b14-f484-7407-9dc3-24c3ccf5dcb8' AND id = '001a21b14-f4e6-7d55-b05a-0eece990ff2b'
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (i.tsv @@ to_tsquery('simple', 'danc:*')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."locale" = 'fr') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (i.tsv @@ to_tsquery('simple', 'danc:*')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (i.tsv @@ to_tsquery('simple', 'danc:*')) AND (((i.published_at + 0), i.story_id) < (1777636825123456, '01a21b15-0635-7e06-84a6-39c8085b0e0f')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."locale" = 'fr') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (i.tsv @@ to_tsquery('simple', 'danc:*')) AND (((i.published_at + 0), i.story_id) < (1777636825123456, '01a21b15-0635-7e06-84a6-39c8085b0e0f')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.country = 'DE') AND (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY i.published_at ASC, i.story_id ASC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."country" = 'DE') AND (l."locale" = 'fr') ORDER BY c.published_at ASC, l.story_id ASC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.country = 'DE') AND (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY i.published_at ASC, i.story_id ASC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.country = 'DE') AND (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND ((i.published_at, i.story_id) > (1777636809123456, '01a21b15-0247-72dc-8233-b8aac1ada81b')) ORDER BY i.published_at ASC, i.story_id ASC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."country" = 'DE') AND (l."locale" = 'fr') ORDER BY c.published_at ASC, l.story_id ASC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.country = 'DE') AND (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND ((i.published_at, i.story_id) > (1777636809123456, '01a21b15-0247-72dc-8233-b8aac1ada81b')) ORDER BY i.published_at ASC, i.story_id ASC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."locale" = 'fr') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 5
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND ((i.published_at, i.story_id) < (1777636825123456, '01a21b15-0635-7e06-84a6-39c8085b0e0f')) ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."locale" = 'fr') ORDER BY c.published_at DESC, l.story_id DESC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND ((i.published_at, i.story_id) < (1777636825123456, '01a21b15-0635-7e06-84a6-39c8085b0e0f')) ORDER BY i.published_at DESC, i.story_id DESC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY i.published_at ASC, i.story_id ASC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."locale" = 'fr') ORDER BY c.published_at ASC, l.story_id ASC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY i.published_at ASC, i.story_id ASC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND ((i.published_at, i.story_id) > (1777636809123456, '01a21b15-0247-72dc-8233-b8aac1ada81b')) ORDER BY i.published_at ASC, i.story_id ASC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l."locale" = 'fr') ORDER BY c.published_at ASC, l.story_id ASC LIMIT 5
;
SELECT "l"."story_id", "l"."published_at" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND ((i.published_at, i.story_id) > (1777636809123456, '01a21b15-0247-72dc-8233-b8aac1ada81b')) ORDER BY i.published_at ASC, i.story_id ASC LIMIT 1 OFFSET 9) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT * FROM "listings" WHERE (campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY "listings".quality DESC, "listings".story_id DESC LIMIT 10) AS l WHERE (l."locale" = 'fr') ORDER BY l.quality DESC, l.story_id DESC LIMIT 5
;
SELECT "story_id" FROM "listings" WHERE (campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') ORDER BY "listings".quality DESC, "listings".story_id DESC LIMIT 1 OFFSET 9
;
SELECT "l"."story_id" FROM (SELECT * FROM "listings" WHERE (campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (("listings".quality, "listings".story_id) < ((SELECT quality FROM stories WHERE id = '01a21b15-0635-7e06-84a6-39c8085b0e0f'), '01a21b15-0635-7e06-84a6-39c8085b0e0f')) ORDER BY "listings".quality DESC, "listings".story_id DESC LIMIT 10) AS l WHERE (l."locale" = 'fr') ORDER BY l.quality DESC, l.story_id DESC LIMIT 5
;
SELECT "story_id" FROM "listings" WHERE (campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (("listings".quality, "listings".story_id) < ((SELECT quality FROM stories WHERE id = '01a21b15-0635-7e06-84a6-39c8085b0e0f'), '01a21b15-0635-7e06-84a6-39c8085b0e0f')) ORDER BY "listings".quality DESC, "listings".story_id DESC LIMIT 1 OFFSET 9
;
SELECT coalesce(sum(n), 0) FROM story_counts WHERE campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb' AND state = 'published'
;
SELECT "l"."story_id", "l"."dice" FROM listings AS l WHERE (l.campaign_id = '01a21b15-009f-771a-8c88-f3ee37bb5acb') AND (l.bucket IN (271, 618, 367, 875, 483, 473, 1015, 765, 645, 368, 0, 951, 792, 22, 340, 320, 736, 860, 381, 258, 6, 764, 857, 450, 91, 863, 30, 943, 162, 713, 59, 790, 247, 464, 569, 467, 627, 789, 348, 44, 969, 378, 295, 362, 142, 422, 252, 254, 837, 347, 656, 38, 329, 867, 898, 808, 432, 555, 530, 775, 187, 756, 706, 72, 997, 869, 92, 288, 100, 245, 888, 698, 538, 48, 844, 21, 542, 443, 658, 747, 958, 1006, 613, 965, 144, 365, 712, 82, 241, 714, 317, 126, 782, 881, 202, 108, 796, 801, 805, 828, 474, 487, 841, 16, 574, 248, 94, 948, 456, 696, 686, 15, 992, 472, 573, 404, 971, 719, 707, 979, 176, 814, 364, 505, 846, 749, 302, 903, 343, 369, 183, 471, 53, 149, 592, 341, 928, 408, 275, 648, 116, 827, 412, 453, 534, 290, 219, 567, 407, 547, 681, 238, 161, 29, 529, 51, 194, 604, 190, 1002, 32, 437, 566, 1018, 516, 34, 77, 410, 498, 603, 549, 393, 826, 139, 831, 360, 399, 446, 83, 184, 776, 953, 440, 512, 425, 401, 206, 305, 737, 731, 580, 606, 597, 770, 434, 636, 758, 1022, 924, 337, 115, 546, 840, 615, 811, 511, 102, 798, 338, 839, 856, 237, 299, 417, 54, 754, 31, 291, 56, 148, 999, 301, 361, 922, 1016, 931, 545, 629, 800, 328, 797, 205, 488, 395, 213, 688, 476, 785, 503, 140, 195, 470, 354, 75, 497, 916, 279, 715, 79, 465, 829, 781, 834, 65, 265, 784, 744, 804, 120, 589, 28, 285, 772, 900, 433, 717, 718, 879, 222, 17, 849, 449, 308, 84, 638, 537, 62, 451, 937, 374, 124, 684, 231, 553, 1019, 11, 276, 825, 201, 955, 151, 263, 334)) AND (l."locale" = 'fr')
;
SELECT "l"."story_id", "l"."dice" FROM (SELECT "i"."story_id", "i"."published_at", "i"."tsv" FROM story_search AS i WHERE (i.campaign_id = '01a21b15-109f-7b7e-97e7-d44df09315cd') AND (i.tsv @@ to_tsquery('simple', 'ð0ffx0tt4:*')) ORDER BY (i.published_at + 0) DESC, i.story_id DESC LIMIT 2000) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l
;
SELECT "l"."story_id" FROM (SELECT * FROM "listings" WHERE (campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') ORDER BY "listings".quality DESC, "listings".story_id DESC LIMIT 10000) AS l ORDER BY l.quality DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT * FROM "listings" WHERE (campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') AND (("listings".quality, "listings".story_id) < ((SELECT quality FROM stories WHERE id = '01a21b15-28af-732b-9249-966232506f37'), '01a21b15-28af-732b-9249-966232506f37')) ORDER BY "listings".quality DESC, "listings".story_id DESC LIMIT 10000) AS l ORDER BY l.quality DESC, l.story_id DESC LIMIT 10
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i WHERE (i.campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10000) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (l.quality >= 70) AND (l.quality < 101) ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
DELETE FROM "tags" WHERE (campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') AND (story_id = '01a21b15-289f-7d48-b369-e9c4332aa817') AND (tag NOT IN ('roof', 'summer'))
;
INSERT INTO tags (campaign_id, tag, story_id, actor_id, actor_name, at)
					VALUES ('01a21b15-288e-7ab9-bf11-444573c1c167', 'roof', '01a21b15-289f-7d48-b369-e9c4332aa817', 'u-ana', 'Ana', 1777636800123456) ON CONFLICT DO NOTHING
;
SELECT "l"."story_id" FROM (SELECT "i"."story_id", "i"."published_at" FROM listings AS i JOIN tags AS t ON t.story_id = i.story_id WHERE (t.campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') AND (t.tag = 'summer') AND (i.campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') ORDER BY i.published_at DESC, i.story_id DESC LIMIT 10) AS c CROSS JOIN LATERAL (SELECT * FROM listings WHERE listings.story_id = c.story_id LIMIT 1) AS l WHERE (EXISTS (SELECT 1 FROM tags AS n
			WHERE n.campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND n.tag = 'summer' AND n.story_id = l.story_id)) ORDER BY c.published_at DESC, l.story_id DESC LIMIT 10
;
SELECT name, value, count FROM (SELECT * FROM (SELECT 0 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'song' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 1 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'artist' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 2 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'country' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 3 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'orientation' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 4 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'duration' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 5 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'language' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 6 AS place, name, value, n AS count FROM facets
			WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167' AND name = 'quality' AND n > 0 ORDER BY n DESC, value LIMIT 10) AS counted UNION ALL SELECT * FROM (SELECT 7 AS place, 'tag' AS name, tag AS value, count(*) AS count FROM tags
		WHERE campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167'
		AND EXISTS (SELECT 1 FROM stories WHERE stories.id = tags.story_id AND state = 'published')
		GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 10) AS counted) AS facets
		ORDER BY place, count DESC, value
;
SELECT "song" FROM "stories" WHERE (campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') AND (state = 'published') AND ("song_fold" = 'heroes') ORDER BY published_at DESC, id DESC LIMIT 1
;
SELECT "song" FROM "stories" WHERE (campaign_id = '01a21b15-288e-7ab9-bf11-444573c1c167') AND (state = 'published') AND ("artist_fold" = 'david bowie') ORDER BY published_at DESC, id DESC LIMIT 1
;
SELECT "l"."story_id", "l"."dice" FROM listings AS l WHERE (l.campaign_id = '01a21b15-29ed-7818-abd7-5d24246fd9df') AND (l.bucket IN (276, 338, 763, 417, 298, 326, 139, 882, 268, 349, 452, 817, 490, 122, 1018, 947, 188, 395, 496, 94, 377, 772, 136, 986, 500, 774, 164, 608, 741, 542, 895, 25, 37, 833, 975, 284, 385, 563, 643, 602, 754, 526, 204, 633, 309, 391, 834, 129, 951, 920, 743, 453, 869, 189, 875, 117, 54, 474, 997, 467, 413, 220, 750, 985, 445, 446, 534, 79, 943, 192, 576, 1008, 546, 904, 768, 301, 813, 886, 488, 571, 350, 80, 312, 697, 695, 729, 342, 582, 124, 150, 937, 549, 77, 957, 539, 501, 685, 428, 180, 983, 112, 237, 540, 968, 40, 604, 682, 631, 425, 390, 193, 149, 580, 701, 235, 103, 116, 511, 9, 815, 247, 585, 152, 212, 611, 520, 370, 518, 688, 692, 551, 133, 621, 478, 1012, 614, 142, 887, 402, 219, 131, 41, 175, 707, 46, 573, 408, 197, 831, 663, 246, 896, 627, 4, 830, 23, 85, 783, 712, 558, 747, 863, 932, 169, 166, 547, 990, 340, 506, 960, 341, 50, 319, 1009, 699, 86, 433, 939, 696, 755, 821, 145, 105, 173, 784, 362, 327, 972, 424, 93, 455, 357, 498, 272, 823, 321, 257, 552, 524, 842, 545, 225, 397, 311, 333, 441, 448, 162, 404, 624, 110, 113, 191, 615, 730, 492, 256, 258, 921, 625, 168, 892, 949, 950, 676, 16, 70, 574, 789, 447, 330, 274, 786, 75, 210, 717, 482, 462, 971, 816, 885, 135, 757, 1010, 593, 472, 591, 234, 379, 683, 271, 554, 532, 73, 339, 565, 628, 780, 630, 10, 67, 494, 705, 659, 906, 444, 1006, 317, 0, 678, 622, 363, 1011, 890, 543, 45, 996, 275, 640, 407, 120, 35, 567, 250, 365, 881, 648, 728, 14, 653, 56, 731, 416, 396, 626, 806, 666, 196, 88, 769, 325, 328, 590, 509, 785, 346, 313, 53, 366, 12, 270, 427, 832, 941, 303, 252, 205, 266, 828, 689, 848, 499, 564, 724, 855, 97, 610, 555, 177, 796, 675, 671, 99, 800, 736, 1002, 36, 176, 740, 940, 871, 316, 859, 253, 476, 132, 632, 318, 224, 457, 716, 528, 948, 32, 401, 138, 864, 170, 581, 374, 732, 739, 810, 814, 464, 514, 753, 674, 199, 929, 862, 465, 438, 727, 661, 523, 976, 458, 819, 111, 295, 836, 437, 5, 942, 389, 96, 521, 187, 616, 662, 493, 141, 656, 495, 101, 34, 378, 999, 376, 84, 745, 28, 891, 297, 15, 477, 934, 773, 989, 172, 654, 1016, 426, 8, 922, 735, 644, 852, 962, 517, 286, 432, 909, 913, 134, 61, 62, 217, 481, 106, 822, 807, 167, 861, 137, 889, 277, 994, 512, 870, 469, 946, 449, 910, 598, 601, 967, 709, 537, 337, 98, 430, 670, 998, 1023, 146, 315, 59, 847, 285, 569, 657, 466, 69, 121, 993, 927, 575, 460, 406, 533, 1013, 916, 299, 561, 380, 706, 651, 439, 508, 687, 936, 776, 63, 19, 955, 394, 114, 322, 238, 504, 984, 470, 398, 548, 954, 388, 245, 592, 422, 746, 719, 995, 820, 928, 964, 619, 839, 229, 411, 11, 715, 497, 860, 538, 902, 866, 529, 617, 91, 343, 652, 827, 291, 924, 163, 242, 263, 102, 320, 714, 18, 918, 2, 248, 393, 403, 181, 231, 562, 243, 945, 195, 588, 577, 392, 770, 375, 206, 108, 748, 83, 459, 958, 369, 738, 1014, 952, 454, 125, 579, 431, 544, 829, 48, 723, 646, 355, 345, 541, 874, 480, 974, 726, 186, 24, 461, 519, 758, 158, 856, 718, 760, 20, 606, 527, 883, 693, 655, 107, 296, 766, 777, 669, 560, 623, 914, 118, 6, 289, 307, 372, 304, 95, 334, 781, 483, 30, 557, 367, 536, 713, 938, 174, 868, 76, 71, 440, 879, 664, 809, 665, 982, 988, 992, 352, 485, 471, 332, 292, 825, 143, 288, 812, 213, 66, 153, 491, 872, 421, 603, 279, 185, 931, 919, 157, 853, 684, 794, 970, 348, 761, 51, 209, 409, 17, 711, 484, 566, 60, 980, 386, 597, 978, 371, 877, 634, 925, 502, 857, 356, 570, 854, 475, 52, 649, 373, 589, 1015, 849, 677, 31, 987, 436, 642, 305, 183, 429, 680, 329, 586, 109, 749, 358, 3, 184, 314, 29, 265, 383, 961, 43, 681, 128, 240, 359, 893, 793, 721, 505, 382, 641, 667, 660, 851, 744, 804, 154, 273, 214, 742, 846, 722, 764, 612, 435, 944, 787, 898, 645, 525, 267, 658, 609, 991, 254, 244, 57, 201, 903, 694, 123, 1003, 68, 179, 423, 260, 638, 456, 90, 290, 923, 858, 803, 702, 1007, 7, 788, 596, 510, 387, 156, 1005, 65, 55, 778, 302, 690, 155, 1021, 850, 605, 87, 636, 765, 232, 400, 837, 578, 233, 607, 381, 412, 39, 679, 89, 306, 178, 255, 344, 600, 218, 336, 451, 468, 790, 487, 673, 620, 323, 873, 583, 844, 261, 278, 351, 953, 584, 826, 513, 354, 771, 216, 410, 801, 639, 668, 463, 81, 414, 119, 880, 917, 227, 572, 805, 208, 703, 280, 331, 782, 884, 824, 405, 915, 637, 200, 959, 698, 144, 21, 38, 203, 293, 171, 126, 190, 287, 49, 269, 779, 64, 905))
;
INSERT INTO "attempts" AS "attempt_row" ("story_id", "attempt", "kind", "worker", "started_at", "ended_at", "outcome", "code", "error", "cpu_us", "max_rss", "bytes_in", "bytes_out", "sandbox") VALUES ('01a21b15-366f-77cf-8e2f-dd62399a15f0', 1, 'prepare', 'w', 1777636800123456, 0, '', '', '', 0, 0, 0, 0, 'full') ON CONFLICT (story_id, attempt) DO UPDATE SET ended_at = EXCLUDED.ended_at, outcome = EXCLUDED.outcome, code = EXCLUDED.code, error = EXCLUDED.error, cpu_us = EXCLUDED.cpu_us, max_rss = EXCLUDED.max_rss, bytes_in = EXCLUDED.bytes_in, bytes_out = EXCLUDED.bytes_out, sandbox = EXCLUDED.sandbox
;
SELECT "attempt_row"."story_id", "attempt_row"."attempt", "attempt_row"."kind", "attempt_row"."worker", "attempt_row"."started_at", "attempt_row"."ended_at", "attempt_row"."outcome", "attempt_row"."code", "attempt_row"."error", "attempt_row"."cpu_us", "attempt_row"."max_rss", "attempt_row"."bytes_in", "attempt_row"."bytes_out", "attempt_row"."sandbox" FROM "attempts" AS "attempt_row" WHERE (story_id = '01a21b15-366f-77cf-8e2f-dd62399a15f0') ORDER BY "attempt"
;
UPDATE audit_head SET seq = seq + 1 RETURNING seq - 1, hash
;
INSERT INTO "audit" ("id", "at", "action", "outcome", "actor_role", "actor_id", "actor_name", "key_id", "target", "network", "instance", "details", "seq", "prev", "hash") VALUES ('01a21b15-3a48-7daa-8181-55454582954c', 1777636800000000, 'key.created', 'done', '', '', '', '', '', '', '', '{"a":"\u2028","b":"\u003c\u0026\u003e"}', 1, '', 'b0e88b1d1a22810add37b862cc06f6016445e30479840d461e6c6e65345c7411')
;
UPDATE audit_head SET hash = 'b0e88b1d1a22810add37b862cc06f6016445e30479840d461e6c6e65345c7411', prev = ''
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" WHERE (seq > 0) ORDER BY "seq" LIMIT 1000
;
SELECT seq, prev, hash FROM audit_head
;
UPDATE audit SET target = 'x' WHERE seq = 5
;
UPDATE audit SET at = at + 1 WHERE seq = 5
;
UPDATE audit SET at = at - 1 WHERE seq = 5
;
UPDATE audit SET seq = 0 WHERE seq IN (8, 9)
;
UPDATE audit SET seq = CASE prev WHEN (SELECT hash FROM audit WHERE seq = 7) THEN 8 ELSE 9 END WHERE seq = 0
;
UPDATE audit SET seq = 0 WHERE seq = 20
;
DELETE FROM audit WHERE seq <= 3
;
DELETE FROM audit WHERE at < 1780660800000000
;
SELECT 'n' AS what, state, sum(n) AS value FROM story_counts GROUP BY state UNION ALL SELECT 'since', 'uploaded', coalesce((SELECT CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END FROM stories WHERE state = 'uploaded'
			AND state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing')
			ORDER BY CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END LIMIT 1), 0) UNION ALL SELECT 'since', 'preparing', coalesce((SELECT CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END FROM stories WHERE state = 'preparing'
			AND state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing')
			ORDER BY CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END LIMIT 1), 0) UNION ALL SELECT 'since', 'in_review', coalesce((SELECT CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END FROM stories WHERE state = 'in_review'
			AND state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing')
			ORDER BY CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END LIMIT 1), 0) UNION ALL SELECT 'since', 'approved', coalesce((SELECT CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END FROM stories WHERE state = 'approved'
			AND state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing')
			ORDER BY CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END LIMIT 1), 0) UNION ALL SELECT 'since', 'publishing', coalesce((SELECT CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END FROM stories WHERE state = 'publishing'
			AND state IN ('uploaded', 'preparing', 'in_review', 'approved', 'publishing')
			ORDER BY CASE WHEN waiting_since > 0 THEN waiting_since ELSE updated_at END LIMIT 1), 0)
;
UPDATE stories SET waiting_since = 0 WHERE id = '01a21b15-3ee9-7ae6-b97b-6c8d11be42ef'
;
SELECT h.id, h.story_id, h.at FROM history AS h JOIN stories AS s ON s.id = h.story_id
		WHERE h.to_state = 'failed' AND s.state = 'failed' AND h.at >= 0 AND h.at <= 1777640400123456
			AND (h.at > 0 OR h.at = 0 AND h.id > '') ORDER BY h.at, h.id LIMIT 10
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" ORDER BY "id" DESC LIMIT 2
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" WHERE (id < '01a21b15-4929-79ef-adba-afbea86643cb') ORDER BY "id" DESC LIMIT 2
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" WHERE ((action = 'key' OR substr(action, 1, 4) = 'key.')) ORDER BY "id" DESC LIMIT 9
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" WHERE (outcome = 'refused') ORDER BY "id" DESC LIMIT 9
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" WHERE (actor_id = 'u1') AND (target = 't1') ORDER BY "id" DESC LIMIT 9
;
SELECT "audit_row"."id", "audit_row"."at", "audit_row"."action", "audit_row"."outcome", "audit_row"."actor_role", "audit_row"."actor_id", "audit_row"."actor_name", "audit_row"."key_id", "audit_row"."target", "audit_row"."network", "audit_row"."instance", "audit_row"."details", "audit_row"."seq", "audit_row"."prev", "audit_row"."hash" FROM "audit" AS "audit_row" WHERE (at >= 1777640400000000) AND (at < 1777647600000000) ORDER BY "id" DESC LIMIT 9
;
SELECT "stories"."id", "stories"."campaign_id", "stories"."state", "stories"."version", "stories"."name", "stories"."email", "stories"."country", "stories"."locale", "stories"."title", "stories"."body", "stories"."song", "stories"."song_fold", "stories"."artist_fold", "stories"."answers", "stories"."cut", "stories"."quality", "stories"."dice", "stories"."release", "stories"."upload", "stories"."source", "stories"."media", "stories"."findings", "stories"."review_set", "stories"."public_set", "stories"."orientation", "stories"."duration_ms", "stories"."work", "stories"."attempt", "stories"."tries", "stories"."next_run_at", "stories"."heartbeat_at", "stories"."dispatched_at", "stories"."progress", "stories"."failure", "stories"."escalated", "stories"."claimed_by", "stories"."claimed_name", "stories"."claimed_until", "stories"."created_at", "stories"."updated_at", "stories"."published_at", "stories"."waiting_since", "stories"."source_kept", "stories"."full_address", (SELECT slug FROM campaigns WHERE campaigns.id = stories.campaign_id) AS campaign_slug, EXISTS (SELECT 1 FROM holds WHERE holds.campaign_id = stories.campaign_id
	AND holds.lifted_at = 0 AND (holds.story_id = '' OR holds.story_id = stories.id)) AS held FROM "stories" WHERE ((state = 'failed' OR tries > 0)) ORDER BY "updated_at" DESC LIMIT 10
;
UPDATE stories SET dispatched_at = 1777640400123456 WHERE id IN (
			SELECT id FROM stories
			WHERE work <> '' AND dispatched_at = 0 AND next_run_at <= 1777640400123456 AND heartbeat_at <= 1777640340123456
			ORDER BY dispatched_at, next_run_at, id LIMIT 100)
		RETURNING id, work, attempt
;
SELECT work, count(*) AS n FROM stories WHERE work <> '' AND next_run_at <= 1777640460123456
		GROUP BY work
;
UPDATE stories SET dispatched_at = 1777640460123456 WHERE id IN (
			SELECT id FROM stories
			WHERE work <> '' AND dispatched_at > 0 AND dispatched_at <= 1777640400123456 AND work IN ('prepare', 'remove') AND next_run_at <= 1777640460123456 AND heartbeat_at <= 1777640400123456
			ORDER BY dispatched_at, next_run_at, id LIMIT 100)
		RETURNING id, work, attempt
;
SELECT table_name AS name FROM information_schema.columns
				WHERE column_name = 'story_id' AND table_schema = current_schema()
;
UPDATE stories SET heartbeat_at = 1777636801123456, progress = 0.5 WHERE id = '01a21b15-5ee0-7308-ab65-660c762843c4' AND attempt = 2 AND heartbeat_at > 0
				AND state IN ('preparing')
;
INSERT INTO "users" ("id", "email", "name", "roles", "password_hash", "disabled", "created_at") VALUES ('01a21b15-64d7-720b-8e3b-f12d44603f64', 'ana@example.com', '', '["moderator"]', '', FALSE, 0)
;
INSERT INTO "second_factors" AS "factor_row" ("user_id", "secret", "since", "last_step", "recovery") VALUES ('01a21b15-64d7-720b-8e3b-f12d44603f64', 'A', 0, 0, 'null') ON CONFLICT (user_id) DO UPDATE SET secret = EXCLUDED.secret WHERE ("factor_row".since = 0)
;
SELECT "user_row"."id", "user_row"."email", "user_row"."name", "user_row"."roles", "user_row"."password_hash", "user_row"."disabled", "user_row"."created_at", EXISTS (SELECT 1 FROM second_factors AS f WHERE f.user_id = "user_row".id AND f.since > 0) AS has_factor FROM "users" AS "user_row" WHERE (id = 'ana@example.com' OR email = 'ana@example.com') LIMIT 1
;
SELECT "user_row"."id", "user_row"."email", "user_row"."name", "user_row"."roles", "user_row"."password_hash", "user_row"."disabled", "user_row"."created_at", EXISTS (SELECT 1 FROM second_factors AS f WHERE f.user_id = "user_row".id AND f.since > 0) AS has_factor FROM "users" AS "user_row" ORDER BY "id"
;
SELECT "factor_row"."user_id", "factor_row"."secret", "factor_row"."since", "factor_row"."last_step", "factor_row"."recovery" FROM "second_factors" AS "factor_row" WHERE (user_id = '01a21b15-64d7-720b-8e3b-f12d44603f64')
;
UPDATE "second_factors" AS "factor_row" SET "since" = 1795750716642078, "last_step" = 7, "recovery" = '["x"]' WHERE (secret = 'B') AND (since = 0) AND (last_step = 0) AND (recovery = 'null') AND ("factor_row"."user_id" = '01a21b15-64d7-720b-8e3b-f12d44603f64')
;
DELETE FROM second_factors WHERE user_id = '01a21b15-64d7-720b-8e3b-f12d44603f64'
;
