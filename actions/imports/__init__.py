"""Complaints from a spreadsheet that officers kept before: read, checked row by row, registered."""
