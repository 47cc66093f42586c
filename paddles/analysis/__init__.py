"""What results come to over time: regressions, the history of a test, and which tests are flaky."""
