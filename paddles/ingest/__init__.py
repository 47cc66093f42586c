"""What labs and builders post, read into facts."""
