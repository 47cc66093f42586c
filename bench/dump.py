"""Write the nodes of ``bench.nodes`` as mongoexport writes those of KernelCI's API, to be imported.

python -m bench.dump nodes.jsonl.gz --nodes 600000
pecan import_kernelci config.py --nodes nodes.jsonl.gz
"""

import argparse
import datetime
import gzip
from pathlib import Path
from typing import Any

import orjson

from bench.nodes import Lab


def document(node: dict[str, Any]) -> dict[str, Any]:
    """Return a node as the line of a dump."""
    created = _moment(node["created"])
    timeout = _moment(node["created"] + datetime.timedelta(hours=6))
    return {
        "_id": {"$oid": node["id"]},
        **{name: node[name] for name in ("kind", "name", "path", "group", "state", "result", "artifacts", "data")},
        "parent": node["parent_id"] and {"$oid": node["parent_id"]},
        "debug": {},
        "jobfilter": None,
        "platform_filter": [],
        "created": created,
        "updated": created,
        "timeout": timeout,
        "holdoff": timeout if node["state"] == "available" else None,
        "owner": f"owner-{node['kind']}",
        "submitter": "service:pipeline",
        "treeid": node["treeid"],
        "user_groups": [],
        "processed_by_kcidb_bridge": node["processed"],
        "retry_counter": {"$numberInt": "0"},
    }


def _moment(moment: datetime.datetime) -> dict[str, str]:
    return {"$date": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")}


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the file; compressed where its name ends in .gz")
    parser.add_argument("--nodes", type=int, default=600_000)
    said = parser.parse_args()
    with gzip.open(said.path, "wb", 6) if said.path.suffix == ".gz" else said.path.open("wb") as file:
        for node in Lab(said.nodes).rows():
            file.write(orjson.dumps(document(node)) + b"\n")


if __name__ == "__main__":
    main()
