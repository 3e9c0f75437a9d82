"""Do promises hold? Simulated plants with a known truth, our own method, its peers and an oracle, side by side."""
