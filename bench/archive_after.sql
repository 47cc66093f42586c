-- Run after a bulk load: makes of what was loaded what the service makes of jobs that are reported.
INSERT INTO descriptions (digest, text)
SELECT sha256(convert_to(description, 'UTF8')), description FROM loaded_jobs WHERE description IS NOT NULL GROUP BY 2
ON CONFLICT DO NOTHING;
INSERT INTO queues (name) SELECT DISTINCT document ->> 'queue' FROM loaded_jobs WHERE document ? 'queue'
ON CONFLICT DO NOTHING;

INSERT INTO jobs (
    id, run_id, key, status, queue_id, priority, username, branch, sha1, suite, flavor, machine_type, description_id,
    posted, started, updated, finished, document, answer)
SELECT
    l.id, run_id, key, status, queues.id, priority, username, branch, sha1, suite, flavor, machine_type,
    descriptions.id, posted, started, updated, CASE WHEN status IN ('pass', 'fail', 'dead') THEN updated END,
    (document - '{job_id,status}'::text[])::text::json,
    ('{"archive_path":null,"branch":null,"description":null,"duration":null,"email":null,"failure_reason":null,
        "flavor":null,"kernel":null,"last_in_suite":null,"machine_type":null,"name":null,"os_type":null,
        "os_version":null,"overrides":null,"owner":null,"package_source":null,"pcp_grafana_url":null,
        "pid":null,"priority":null,"queue":null,"roles":null,"seed":null,"sentry_event":null,"sha1":null,"subset":null,
        "success":null,"suite":null,"suite_branch":null,"suite_path":null,"suite_relpath":null,"suite_repo":null,
        "suite_sha1":null,"targets":null,"tasks":null,"teuthology_branch":null,"timestamp":null,"user":null,
        "verbose":null}'::jsonb
        || jsonb_build_object('nuke_on_error', document -> 'nuke-on-error')
        || (document - '{job_id,status,repo,teuthology_sha1,sleep_before_teardown,expire,nuke-on-error}'::text[])
        || jsonb_build_object('pid', document ->> 'pid')
    )::text::json
FROM loaded_jobs AS l
LEFT JOIN descriptions ON descriptions.digest = sha256(convert_to(description, 'UTF8'))
LEFT JOIN queues ON queues.name = document ->> 'queue'
ORDER BY l.id;

INSERT INTO job_machines (job_id, machine_id) SELECT job_id, node_id FROM loaded_links ON CONFLICT DO NOTHING;
DROP TABLE loaded_jobs, loaded_links;
UPDATE runs SET finished = (SELECT max(jobs.updated) FROM jobs WHERE run_id = runs.id)
WHERE n_queued + n_waiting + n_running + n_unknown = 0;
SELECT setval(pg_get_serial_sequence('jobs', 'id'), (SELECT max(id) FROM jobs));
