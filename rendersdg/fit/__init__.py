"""Fitting a scene's surfaces and camera to photographs."""
