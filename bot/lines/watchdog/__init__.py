"""A small process beside the gateway, for the callers of one that has failed.

It answers the exchange's look-up of what to tell an agent, and sends callers to a human when the
gateway has stopped beating. It imports the standard library and almost nothing of ours, so that
what breaks the gateway does not break it.
"""
