"""Who may use the console, as whom, for what, and what they did."""
