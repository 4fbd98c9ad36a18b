"""Breaks a cloud on one machine on purpose, and looks whether it mends itself."""
