"""The parts of the service: requests read and bounded, one detector asked, HTTP and gRPC around it."""
