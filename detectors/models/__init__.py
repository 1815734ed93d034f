"""Networks behind the one contract: a file for each library they come from."""
