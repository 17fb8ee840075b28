"""What a column can be: one module a role says how it is found, read, described, cleaned and encoded."""
