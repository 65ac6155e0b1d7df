"""The sound of telephone calls: recorded beside the call, sealed, kept for its time."""
