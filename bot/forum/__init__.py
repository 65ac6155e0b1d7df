"""The desk as a Telegram supergroup: each customer a forum topic, for agents without a desk.

group.py speaks with Telegram, wording.py says how things read; lag.py tells what is behind, and
mirror.py brings it up to date; staff.py hears the agents, talk.py does what they ask for.
"""
