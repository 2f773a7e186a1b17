"""The figures of an earlier campaign, and whether a later one still has them."""
