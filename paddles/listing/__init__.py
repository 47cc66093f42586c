"""Lists of rows of any kind: what may be asked of them, field by field, and pages of what is found."""
