"""The decoder Jacobian and what is read from it."""
