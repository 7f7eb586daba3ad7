"""When to meet and when to call back."""
