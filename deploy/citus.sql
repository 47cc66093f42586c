-- Spread the archive over several machines with Citus: docs/scale-out.md says what for and what has to be so before.
-- NEVER RUN against Citus: it was written from Citus' rules, and its refusal of a schema that is not ready was tested
-- on plain PostgreSQL. Try it on a restored copy first.
--
--   psql -X -v ON_ERROR_STOP=1 -f deploy/citus.sql "$DATABASE_DIRECT_URL"
--
-- On the first machine (the coordinator), with web and sweep programs stopped and a backup at hand. The other machines
-- run the same Citus and hold an empty database of the same name with the extension, and are named below.
\set ON_ERROR_STOP on

BEGIN;

-- Each of these is a migration that docs/scale-out.md asks for.
DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(wanted.what, '; ') INTO missing
    FROM (VALUES
        ('job_machines has no run_id', EXISTS (
            SELECT FROM information_schema.columns WHERE table_name = 'job_machines' AND column_name = 'run_id')),
        ('tests have no run_id', EXISTS (
            SELECT FROM information_schema.columns WHERE table_name = 'tests' AND column_name = 'run_id')),
        ('cases have no run_id', EXISTS (
            SELECT FROM information_schema.columns WHERE table_name = 'cases' AND column_name = 'run_id')),
        ('files have no run_id', EXISTS (
            SELECT FROM information_schema.columns WHERE table_name = 'files' AND column_name = 'run_id')),
        ('leases have no run_id', EXISTS (
            SELECT FROM information_schema.columns WHERE table_name = 'leases' AND column_name = 'run_id')),
        ('there is no table run_names', to_regclass('run_names') IS NOT NULL),
        ('there is no table ready_jobs', to_regclass('ready_jobs') IS NOT NULL)
    ) AS wanted (what, there)
    WHERE NOT wanted.there;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'the schema is not ready to be spread: %', missing USING HINT = 'See docs/scale-out.md.';
    END IF;
END $$;

-- Keys of a spread table hold the column that it is spread by. Names of runs are unique in run_names.
ALTER TABLE leases DROP CONSTRAINT fk_leases_job_id;
ALTER TABLE job_machines DROP CONSTRAINT fk_job_machines_job_id, DROP CONSTRAINT pk_job_machines;
ALTER TABLE files DROP CONSTRAINT fk_files_job_id, DROP CONSTRAINT uq_files_job_id_path, DROP CONSTRAINT pk_files;
ALTER TABLE cases DROP CONSTRAINT fk_cases_test_id, DROP CONSTRAINT pk_cases;
ALTER TABLE tests DROP CONSTRAINT fk_tests_job_id, DROP CONSTRAINT uq_tests_job_id_name_nth, DROP CONSTRAINT pk_tests;
ALTER TABLE jobs DROP CONSTRAINT pk_jobs, ADD CONSTRAINT pk_jobs PRIMARY KEY (run_id, id);
ALTER TABLE job_machines ADD CONSTRAINT pk_job_machines PRIMARY KEY (run_id, job_id, machine_id);
ALTER TABLE tests ADD CONSTRAINT pk_tests PRIMARY KEY (run_id, id),
    ADD CONSTRAINT uq_tests_job_id_name_nth UNIQUE (run_id, job_id, name, nth);
ALTER TABLE files ADD CONSTRAINT pk_files PRIMARY KEY (run_id, id),
    ADD CONSTRAINT uq_files_job_id_path UNIQUE (run_id, job_id, path);
ALTER TABLE cases ADD CONSTRAINT pk_cases PRIMARY KEY (run_id, id);
ALTER TABLE runs DROP CONSTRAINT uq_runs_name;

CREATE EXTENSION IF NOT EXISTS citus;
-- One line for each further machine, and the address under which they reach this one:
--   SELECT citus_set_coordinator_host('db1.example');
--   SELECT citus_add_node('db2.example', 5432);

SELECT create_reference_table('queues');
SELECT create_reference_table('machines');
SELECT create_reference_table('macs');
SELECT create_reference_table('descriptions');
SELECT create_reference_table('failures');
SELECT create_reference_table('contents');

SELECT create_distributed_table('runs', 'id');
SELECT create_distributed_table('jobs', 'run_id', colocate_with => 'runs');
SELECT create_distributed_table('job_machines', 'run_id', colocate_with => 'runs');
SELECT create_distributed_table('tests', 'run_id', colocate_with => 'runs');
SELECT create_distributed_table('cases', 'run_id', colocate_with => 'runs');
SELECT create_distributed_table('files', 'run_id', colocate_with => 'runs');

ALTER TABLE job_machines ADD CONSTRAINT fk_job_machines_job_id
    FOREIGN KEY (run_id, job_id) REFERENCES jobs (run_id, id) ON DELETE CASCADE;
ALTER TABLE tests ADD CONSTRAINT fk_tests_job_id
    FOREIGN KEY (run_id, job_id) REFERENCES jobs (run_id, id) ON DELETE CASCADE;
ALTER TABLE files ADD CONSTRAINT fk_files_job_id
    FOREIGN KEY (run_id, job_id) REFERENCES jobs (run_id, id) ON DELETE CASCADE;
ALTER TABLE cases ADD CONSTRAINT fk_cases_test_id
    FOREIGN KEY (run_id, test_id) REFERENCES tests (run_id, id) ON DELETE CASCADE;

COMMIT;

-- What was in the tables before is still in the first machine's files until this:
--   SELECT truncate_local_data_after_distributing_table('runs');
