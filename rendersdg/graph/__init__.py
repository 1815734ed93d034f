"""The graph: nodes, recording scopes, distributions, triggers, streams and the Plan."""
