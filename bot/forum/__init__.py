"""The desk as a Telegram supergroup: each customer a forum topic, for agents without a desk.

group.py speaks with Telegram; cards.py and wording.py say how things read. lag.py tells what is
behind, and mirror.py has it brought up to date, by lease.py from one gateway at a time: scribe.py
writes the topics, waitlist.py tells who has none.
staff.py hears the agents, members.py knows who they are, talk.py does what they ask for.
"""
