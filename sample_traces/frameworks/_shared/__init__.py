"""What the generators share: the plan of conversations, a clock, an exporter, the truth."""
