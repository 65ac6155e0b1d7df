"""What the bot knows: reviewed articles, found from the way people ask."""
