"""What is spoken: reviewed.py says which texts, studio.py records them, notes.py sends them."""
