"""What mails about builds and about surges say. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_REASON = 20_000


def of_build(project: str, build: Mapping[str, Any], verdicts: Sequence[bool]) -> tuple[str, str]:
    """Return the subject and the text of a mail.

    Args:
        build: as the JobServ face shows it in detail.
        verdicts: whether the latest builds have passed, this one included, the oldest first.
    """
    subject = f"jobserv: {project} build #{build['build_id']} : {build['status']}"
    runs = [f"  {run['name']}: {run['status']}\n    {run['url']}" for run in build["runs"]]
    parts = [build["url"], "\n".join(["Runs:", *runs])]
    if build["reason"]:
        parts.append(f"Reason:\n{build['reason'][:LONGEST_REASON]}")
    if verdicts:
        signs = "".join("+" if passed else "-" for passed in verdicts)
        rate = round(100 * sum(verdicts) / len(verdicts))
        parts.append(f"{rate} % of the latest {len(verdicts)} builds have passed, the newest last: {signs}")
    return subject, "\n\n".join(parts) + "\n"


def of_surge(type_: str, tag: str, waiting: int) -> tuple[str, str]:
    """Return the subject and the text of a mail about the beginning or the end of a surge."""
    if type_ == "queue.surged":
        text = f"{waiting} runs wait for machines of the tag {tag}, beyond what they will soon take.\n"
        return f"jobserv: surge of {tag} begins", f"{text}Machines that are kept for surges are given them too.\n"
    return f"jobserv: surge of {tag} is over", f"Machines that are kept for surges get no more runs of the tag {tag}.\n"
