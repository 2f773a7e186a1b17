"""What people and programs get to read of a campaign: a terminal report, results.json, JUnit XML."""
