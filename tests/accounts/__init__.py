"""Users, groups, and the tokens that speak for them."""
