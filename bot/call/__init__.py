"""A telephone call, by whichever line it comes."""
