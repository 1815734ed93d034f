"""rendersdg: a synthetic data engine. Scenes in, labelled and replayable datasets out."""

__version__ = "0.1.0"
