"""What lists of rows add up to: matrices, charts, and dashboards of them."""
