"""How often the same is submitted, where a submission limits that."""

from sqlalchemy import text

from paddles.db.session import Session

# Whoever submits the same at the same moment waits for the row, so that the count is exact.
COUNT = text("""
    INSERT INTO repeats (params, n) VALUES (:params, 1)
    ON CONFLICT (params) DO UPDATE SET n = repeats.n + 1 WHERE repeats.n < :most RETURNING n
""")


def allowed(session: Session, params: str, most: int) -> bool:
    """Count a submission of these parameters, and say whether it is one of the first ``most``; no other is counted."""
    return session.scalar(COUNT, {"params": params, "most": most}) is not None
