"""Who may do what: users, groups and the tokens that speak for them."""
