"""Plots of a campaign's levels: each a function from a table of levels to a figure."""
