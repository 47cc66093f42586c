"""HTTP: routing, requests in, answers and errors out; no face of its own."""
