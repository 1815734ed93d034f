"""The OpenUSD stage: authoring, reading, the effects of operations, and Stage + Plan -> Snapshot."""
