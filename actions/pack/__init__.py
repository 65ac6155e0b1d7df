"""The monthly pack for the consumer-protection committee: figures, what they show, page and PDF."""
