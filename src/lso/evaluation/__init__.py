"""Histories to numbers."""
