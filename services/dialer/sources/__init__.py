"""Other systems that leads come from and results go to. Another CRM is one more file here that keeps the ports."""
