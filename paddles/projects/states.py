"""How far a job of a build is, in one word, for statements that read ``jobs`` with ``build_jobs``.

``queued running uploading cancelling pass fail``: what a job that waits, or was lost for good, is besides.
"""

OF_JOB = """CASE
    WHEN jobs.status IN ('queued', 'waiting') THEN 'queued'
    WHEN jobs.status IN ('fail', 'dead') THEN 'fail'
    WHEN jobs.status = 'pass' THEN 'pass'
    WHEN build_jobs.cancelled THEN 'cancelling'
    WHEN build_jobs.stage = 'uploading' THEN 'uploading'
    ELSE 'running' END"""
