"""What the bot can do: complaints, the queue for humans, visits and suggestions, and their data."""
