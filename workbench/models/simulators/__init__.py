"""Simulators: plants from first principles, each with a steady truth, a simulated history and checks of itself."""
