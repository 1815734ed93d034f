"""glTF 2.0 files as USD stages in memory: ``stage`` builds one, the other modules read what a file holds."""
