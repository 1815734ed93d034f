"""The host that scripts expect around ``rep``: Kit, Isaac Sim, carb; and the runner that executes them."""
