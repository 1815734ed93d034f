"""What Prometheus is told."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters of one server: requests by protocol and outcome, seconds of inference, bytes of requests under way."""

    def __init__(self, model: str, held: Callable[[], float]) -> None:
        """``model`` is the name that stands with the seconds, ``held`` returns the bytes."""
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._requests = Counter(
            "requests", "requests answered", ["protocol", "status"], registry=self._registry
        )  # its name ends in _total there
        seconds = Histogram(
            "request_predict_seconds",
            "seconds from a read request to its boxes",
            ["model_name"],
            registry=self._registry,
        )
        self._seconds = seconds.labels(model)
        gauge = Gauge("request_bytes_held", "memory that requests under way hold, in bytes", registry=self._registry)
        gauge.set_function(held)

    def answered(self, protocol: str, status: str) -> None:
        """Count a request; ``status`` is HTTP's number or gRPC's name."""
        self._requests.labels(protocol, status).inc()

    def predicted(self, seconds: float) -> None:
        """Count an inference."""
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self._registry)
