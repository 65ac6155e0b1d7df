"""The intent classifier: `grams` → `features` → `model`, made by `training`.

`component` is its face for Rasa, and the only module that imports Rasa.
"""
