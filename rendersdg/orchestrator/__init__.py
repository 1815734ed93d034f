"""The orchestrator: for each frame plan, snapshot, buffers, frame, files."""
