"""What labs and services tell of single steps of their work: kept for days, counted, and looked through for trouble."""
