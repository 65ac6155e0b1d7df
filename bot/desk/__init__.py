"""The human agents' desk: the queue, live conversations, and who may see them."""
