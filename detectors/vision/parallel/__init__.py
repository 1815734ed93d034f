"""The image GPT and the vision transformer in many processes, by torch's own engines: what splits data and networks."""
