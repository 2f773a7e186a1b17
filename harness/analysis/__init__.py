"""What the levels of a campaign come to beside each other: figures, statistics, findings."""
