-- Run before a bulk load: where jobs and links arrive before archive_after.sql gives them the form of the service.
CREATE UNLOGGED TABLE loaded_jobs (
    id bigint, run_id bigint, key text, status text, priority integer, username text, branch text, sha1 text, suite text,
    flavor text, machine_type text, description text, posted timestamptz, started timestamptz, updated timestamptz,
    document jsonb
);
CREATE UNLOGGED TABLE loaded_links (job_id bigint, node_id bigint);
