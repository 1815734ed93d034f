"""Detectors: read labelled sets, mix rendered with real ones, train, evaluate,
and say what the rendered ones were worth.
"""
