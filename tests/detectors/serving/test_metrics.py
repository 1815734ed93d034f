"""Metrics are what Prometheus reads."""

from __future__ import annotations

import pytest

pytest.importorskip("prometheus_client")

pytestmark = pytest.mark.extra


def test_requests_seconds_and_memory_are_counted() -> None:
    from prometheus_client.parser import text_string_to_metric_families

    from detectors.serving.metrics import Metrics

    metrics = Metrics("m", lambda: 42.0)
    metrics.answered("http", "200")
    metrics.answered("http", "200")
    metrics.predicted(0.5)

    samples = {
        (s.name, *sorted(s.labels.values())): s.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for s in family.samples
    }
    assert samples["requests_total", "200", "http"] == 2 and samples["request_bytes_held",] == 42
    assert samples["request_predict_seconds_count", "m"] == 1 and samples["request_predict_seconds_sum", "m"] == 0.5
    assert samples["process_resident_memory_bytes",] > 0
