"""Training data, Rasa's own component, and the two commands that Rasa's interpreter runs.

CPython 3.10 runs all of this. Only `components`, except for its module `component`, also works
beside the gateway's newer libraries, where it is tested.
"""
